/** A graph in a tab of its own, which stays with its notebook through renames, closing and opening again. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { pipelineIcon } from '../icons';
import type { IPipelines } from '../tokens';
import type { PipelineWidget } from './widget';

export class GraphTab extends MainAreaWidget<PipelineWidget> {
  constructor(
    content: PipelineWidget,
    private _path: string,
    private readonly pipelines: IPipelines,
    private readonly trans: TranslationBundle
  ) {
    super({ content });
    this.id = `jp-mlpipe-graph-${++count}`;
    this.toolbar.node.setAttribute('aria-label', trans.__('Graph'));
    content.title.icon = pipelineIcon;
    content.model.changed.connect(this._onModelChanged, this);
    pipelines.currentChanged.connect(this._onCurrentChanged, this);
    this._onCurrentChanged();
    this._onModelChanged();
  }

  /** Contents path of the notebook. */
  get path(): string {
    return this._path;
  }

  override dispose(): void {
    this.pipelines.currentChanged.disconnect(this._onCurrentChanged, this);
    super.dispose();
  }

  private _onCurrentChanged(): void {
    this.content.model.pipeline = this.pipelines.ofPath(this._path);
  }

  private _onModelChanged(): void {
    this._path = this.content.model.pipeline?.path ?? this._path;
    this.content.title.label = this.trans.__('%1: graph', PathExt.basename(this._path));
    this.content.title.caption = this._path;
  }
}

let count = 0;
