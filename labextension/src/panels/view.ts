/** Shows a panel: its blocks one below the other, each by JupyterLab's own renderer for its MIME type. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';
import { Panel, Widget } from '@lumino/widgets';

import type { PanelBlock } from '../api/types';
import type { PanelsModel } from './model';

export interface IPanelViewOptions {
  readonly model: PanelsModel;
  readonly rendermime: IRenderMimeRegistry;
  readonly trans: TranslationBundle;
}

/** Follows the model while it is visible; a hidden one costs nothing. */
export class PanelView extends Panel {
  constructor(private readonly options: IPanelViewOptions) {
    super();
    this.model = options.model;
    this.addClass('jp-MlpipePanel');
    this.node.tabIndex = -1;
    options.model.changed.connect(this.update, this);
  }

  readonly model: PanelsModel;

  /** It can be seen, after it could not. */
  get shown(): ISignal<this, void> {
    return this.appeared;
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.appear();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      this.appear();
    }
  }

  protected override onUpdateRequest(message: Message): void {
    super.onUpdateRequest(message);
    const { model, trans } = this.options;
    this.node.setAttribute('aria-busy', String(model.busy));
    if (!this.isVisible || (model.busy && this.drawn)) {
      return; // what was drawn last stays until there is something newer
    }
    if (model.content && model.content === this.drawn) {
      return;
    }
    this.drawn = model.content;
    for (const old of [...this.widgets]) {
      old.dispose();
    }
    if (model.content) {
      for (const block of model.content.blocks) {
        this.addBlock(block);
      }
    } else if (!model.busy) {
      this.addWidget(text(model.error?.message ?? emptiness(model, trans), model.error?.hint));
    }
  }

  private addBlock({ data, metadata }: PanelBlock): void {
    const { rendermime } = this.options;
    const bundle = data as Record<string, never>;
    const type = rendermime.preferredMimeType(bundle, 'any');
    if (!type) {
      return;
    }
    const renderer = rendermime.createRenderer(type);
    // Names of stages and columns stand in panels: HTML is sanitized whatever the panel did.
    void renderer.renderModel(
      rendermime.createModel({ data: bundle, metadata: metadata as Record<string, never>, trusted: false })
    );
    this.addWidget(renderer);
  }

  private appear(): void {
    this.update();
    this.appeared.emit();
  }

  private drawn: PanelsModel['content'] = null;
  private readonly appeared = new Signal<this, void>(this);
}

function emptiness(model: PanelsModel, trans: TranslationBundle): string {
  return model.panels.length
    ? trans.__('Open a notebook to see what there is to know of its workspace.')
    : trans.__('No installed package offers a panel.');
}

function text(message: string, hint = ''): Widget {
  const node = document.createElement('div');
  node.className = 'jp-MlpipePanel-text';
  for (const line of [message, hint].filter(Boolean)) {
    const paragraph = document.createElement('p');
    paragraph.textContent = line;
    node.append(paragraph);
  }
  return new Widget({ node });
}
