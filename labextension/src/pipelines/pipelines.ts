/** One pipeline model for each open notebook, and the one that is in focus. */

import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';

import type { IMlpipeClient, IPipelines, IRunNews } from '../tokens';
import { PipelineModel } from './model';
import { PanelSource } from './notebook_source';

export interface IPipelinesOptions {
  readonly client: IMlpipeClient;
  readonly tracker: INotebookTracker;
  readonly contents: Contents.IManager;
  readonly connectNews: (listener: (news: IRunNews) => void) => void;
}

export class Pipelines implements IPipelines {
  constructor(private readonly options: IPipelinesOptions) {
    const { tracker, contents, connectNews } = options;
    connectNews(news => this.fresh.emit(news));
    tracker.widgetAdded.connect((_, panel) => this.open(panel));
    tracker.forEach(panel => {
      this.open(panel);
    });
    tracker.currentChanged.connect(() => this.focus.emit(this.current));
    contents.fileChanged.connect((_, change) => this.onFileChanged(change));
  }

  get current(): PipelineModel | null {
    const panel = this.options.tracker.currentWidget;
    return panel && this.ofPanel(panel);
  }

  get currentChanged(): ISignal<this, PipelineModel | null> {
    return this.focus;
  }

  get news(): ISignal<this, IRunNews> {
    return this.fresh;
  }

  /** A notebook was opened and has its model now. */
  get opened(): ISignal<this, NotebookPanel> {
    return this.opening;
  }

  ofPanel(panel: NotebookPanel): PipelineModel | null {
    return this.open(panel); // its toolbar is made before the tracker has the panel
  }

  ofPath(path: string): PipelineModel | null {
    return [...this.models.values()].find(model => model.path === path) ?? null;
  }

  /** The pipeline of the open notebook whose content is shared in this way; cells know that of theirs. */
  ofSharedNotebook(shared: object | null): PipelineModel | null {
    return [...this.models].find(([panel]) => panel.model?.sharedModel === shared)?.[1] ?? null;
  }

  /** The panel that shows a model's notebook. */
  panelOf(model: PipelineModel): NotebookPanel | null {
    return [...this.models].find(([, candidate]) => candidate === model)?.[0] ?? null;
  }

  /** Call for each notebook, open now or later. */
  forEach(callback: (panel: NotebookPanel, model: PipelineModel) => void): void {
    for (const [panel, model] of this.models) {
      callback(panel, model);
    }
    this.opening.connect((_, panel) => {
      const model = this.ofPanel(panel);
      if (model) {
        callback(panel, model);
      }
    });
  }

  /** The model of a panel, made where there is none yet; null where our server extension does not see the notebook. */
  private open(panel: NotebookPanel): PipelineModel | null {
    const known = this.models.get(panel);
    if (known || panel.isDisposed || !OUR_DRIVES.has(this.options.contents.driveName(panel.context.path))) {
      return known ?? null;
    }
    const model = new PipelineModel({
      source: new PanelSource(panel),
      client: this.options.client,
      news: this.fresh
    });
    this.models.set(panel, model);
    panel.disposed.connect(() => {
      this.models.delete(panel);
      model.dispose();
    });
    this.opening.emit(panel);
    if (panel === this.options.tracker.currentWidget) {
      this.focus.emit(model);
    }
    return model;
  }

  /** A notebook's stages may use any file beside it: helper modules, data. */
  private onFileChanged(change: Contents.IChangedArgs): void {
    const path = change.newValue?.path ?? change.oldValue?.path ?? '';
    if (change.newValue?.type === 'notebook' || path.endsWith('.ipynb')) {
      return;
    }
    for (const model of this.models.values()) {
      if (model.isPipeline && path.startsWith(folderOf(model.path))) {
        void model.refresh();
      }
    }
  }

  private readonly models = new Map<NotebookPanel, PipelineModel>();
  private readonly fresh = new Signal<this, IRunNews>(this);
  private readonly focus = new Signal<this, PipelineModel | null>(this);
  private readonly opening = new Signal<this, NotebookPanel>(this);
}

/** Drives whose contents our server extension reads: the server's own, and the same under real-time collaboration. */
const OUR_DRIVES = new Set(['', 'RTC']);

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
