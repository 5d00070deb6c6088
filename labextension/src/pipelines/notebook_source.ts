/** What a pipeline needs of a notebook that is open, and that of JupyterLab's notebooks. */

import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookModel, Notebook, NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { CodeCell } from '../api/types';

/** An open notebook, as far as a pipeline is concerned. */
export interface INotebookSource extends IDisposable {
  /** Contents path of the notebook. */
  readonly path: string;
  readonly isPython: boolean;

  /** Name of its kernelspec. */
  readonly kernel: string | null;

  /** Id of the active cell. */
  readonly activeCell: string | null;

  /** Its code cells as the editor has them now. */
  readonly cells: readonly CodeCell[];

  /** Code, tags, order, path or kernel may have changed; outputs alone do not count. */
  readonly edited: ISignal<INotebookSource, void>;
  readonly activeCellChanged: ISignal<INotebookSource, void>;

  /** Its kernel has executed something and is idle again. */
  readonly executed: ISignal<INotebookSource, void>;

  /** Write it to disk. */
  save(): Promise<void>;

  /** Show a cell and make it the active one. */
  goToCell(id: string): void;
}

type CellList = INotebookModel['cells'];
type CellsChange = Parameters<Parameters<CellList['changed']['connect']>[0]>[1];
type SharedCell = ICellModel['sharedModel'];
type SharedCellChange = Parameters<Parameters<SharedCell['changed']['connect']>[0]>[1];

/** A notebook's panel as a source. */
export class PanelSource implements INotebookSource {
  constructor(private readonly panel: NotebookPanel) {
    panel.content.modelChanged.connect(this.onModelChanged, this);
    panel.content.activeCellChanged.connect(this.onActiveCell, this);
    panel.context.pathChanged.connect(this.emitEdited, this);
    panel.sessionContext.kernelChanged.connect(this.emitEdited, this);
    panel.sessionContext.statusChanged.connect(this.onKernelStatus, this);
    this.onModelChanged();
  }

  get path(): string {
    return this.panel.context.localPath;
  }

  get isPython(): boolean {
    return isPythonNotebook(this.panel);
  }

  get kernel(): string | null {
    const spec = this.model?.getMetadata('kernelspec') as { name?: string } | undefined;
    return spec?.name || this.panel.sessionContext.session?.kernel?.name || null;
  }

  get activeCell(): string | null {
    return this.notebook.activeCell?.model?.id ?? null;
  }

  get cells(): readonly CodeCell[] {
    const found: CodeCell[] = [];
    let index = 0;
    for (const cell of this.model?.cells ?? []) {
      if (cell.type === 'code') {
        found.push({ id: cell.id, source: cell.sharedModel.getSource(), index, tags: tags(cell) });
      }
      index++;
    }
    return found;
  }

  get edited(): ISignal<this, void> {
    return this.edit;
  }

  get activeCellChanged(): ISignal<this, void> {
    return this.activation;
  }

  get executed(): ISignal<this, void> {
    return this.execution;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      Signal.clearData(this);
    }
  }

  async save(): Promise<void> {
    await this.panel.context.save();
  }

  goToCell(id: string): void {
    const index = this.notebook.widgets.findIndex(cell => cell.model.id === id);
    const cell = this.notebook.widgets[index];
    if (cell) {
      this.notebook.deselectAll();
      this.notebook.activeCellIndex = index;
      void this.notebook.scrollToCell(cell, 'smart');
    }
  }

  private get notebook(): Notebook {
    return this.panel.content;
  }

  private get model(): INotebookModel | null {
    return this.panel.content.model;
  }

  private onModelChanged(): void {
    this.model?.cells.changed.connect(this.onCellsChanged, this);
    this.model?.metadataChanged.connect(this.emitEdited, this);
    this.watch(this.model?.cells ?? []);
    this.emitEdited();
  }

  private onCellsChanged(_: CellList, change: CellsChange): void {
    this.watch(change.newValues);
    this.emitEdited();
  }

  private watch(cells: Iterable<ICellModel>): void {
    for (const cell of cells) {
      cell.sharedModel.changed.connect(this.onCellChanged, this);
    }
  }

  private onCellChanged(_: SharedCell, change: SharedCellChange): void {
    if (change.sourceChange || change.metadataChange?.has('tags')) {
      this.emitEdited();
    }
  }

  private onKernelStatus(_: unknown, status: string): void {
    if (status === 'idle' && this.wasBusy) {
      this.execution.emit();
    }
    this.wasBusy = status === 'busy';
  }

  private onActiveCell(): void {
    this.activation.emit();
  }

  private emitEdited(): void {
    this.edit.emit();
  }

  private readonly edit = new Signal<this, void>(this);
  private readonly activation = new Signal<this, void>(this);
  private readonly execution = new Signal<this, void>(this);
  private wasBusy = false;
  private disposed = false;
}

/** Whether a notebook's language is Python, by its kernel or, before there is one, by its metadata. */
function isPythonNotebook(panel: NotebookPanel): boolean {
  const spec = panel.content.model?.getMetadata('kernelspec') as { language?: string; name?: string } | undefined;
  const language = spec?.language || panel.content.model?.defaultKernelLanguage || '';
  return language ? /^i?python/i.test(language) : /python/i.test(spec?.name ?? '');
}

function tags(cell: ICellModel): string[] {
  const found = cell.getMetadata('tags') as unknown;
  return Array.isArray(found) ? found.filter(tag => typeof tag === 'string') : [];
}
