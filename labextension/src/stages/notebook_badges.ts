/** Keeps the badges and notes of one notebook as its pipeline has them. */

import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { PanelLayout, Widget } from '@lumino/widgets';

import type { PipelineModel } from '../pipelines/model';
import { stageName } from '../stage_line/directive';
import { type IBadgeContent, StageBadge } from './badge';
import { type ICellNote, notesOfCells } from './cell_notes';
import { CellNote } from './note';

export interface INotebookBadgesOptions {
  readonly panel: NotebookPanel;
  readonly model: PipelineModel;
  readonly trans: TranslationBundle;
  readonly openMenu: (stage: string, anchor: HTMLElement, byKeyboard: boolean) => void;
  readonly openNotes: (notes: readonly ICellNote[]) => void;
}

const TICK_MS = 1000;

/**
 * Looks again once a frame at most, and only cells that have something to show get a widget: a notebook may have
 * thousands.
 *
 * JupyterLab makes a cell's widget anew when the cell is moved, and fills it only when it comes into view; both end in
 * a look.
 */
export class NotebookBadges {
  constructor(private readonly options: INotebookBadgesOptions) {
    const { panel, model } = options;
    model.changed.connect(this.lookSoon, this);
    panel.content.modelChanged.connect(this.onModelChanged, this);
    panel.disposed.connect(() => clearInterval(this.clock));
    this.onModelChanged();
  }

  private onModelChanged(): void {
    this.options.panel.content.model?.cells.changed.connect(this.lookSoon, this);
    this.lookSoon();
  }

  private lookSoon(): void {
    if (!this.isWaiting) {
      this.isWaiting = true;
      requestAnimationFrame(() => {
        this.isWaiting = false;
        this.look();
      });
    }
  }

  private look(): void {
    const { panel, model, trans } = this.options;
    if (panel.isDisposed || model.isDisposed) {
      return;
    }
    this.wanted = this.wantedBadges();
    this.said = notesOfCells(model, trans);
    for (const cell of panel.content.widgets) {
      this.dress(cell);
    }
    // What badges say then is of the notebook as it was when it could be read last.
    panel.toggleClass('jp-mod-mlpipeOutdated', model.error !== null);
    this.setClock(model.stages.some(stage => stage.state === 'running'));
  }

  /** Give a cell what it should show; one that is not drawn yet gets it then. */
  private dress(cell: Cell): void {
    if (cell.isDisposed) {
      return;
    }
    const { id } = cell.model;
    const badge = this.wanted.get(id);
    const notes = this.said.get(id) ?? [];
    const isBare = !this.badges.has(cell) && !this.notes.has(cell);
    if (isBare && !badge && !notes.length) {
      return;
    }
    if (!cell.isPlaceholder()) {
      this.showBadge(cell, badge, notes);
      this.showNotes(
        cell,
        notes.filter(note => note.severity !== 'info')
      );
    } else if (!this.awaited.has(cell)) {
      this.awaited.add(cell);
      void cell.ready.then(() => this.dress(cell));
    }
  }

  private wantedBadges(): ReadonlyMap<string, IBadgeContent> {
    const { model } = this.options;
    const owner = model.analysis?.owner ?? null;
    const wanted = new Map<string, IBadgeContent>();
    if (!model.analysis) {
      // Names stand in the cells: a badge with a name alone keeps the place of what the analysis will say.
      for (const { id, source } of model.isPipeline ? model.source.cells : []) {
        const name = stageName(source);
        if (name) {
          wanted.set(id, { name, stage: null, owner: null, part: 1, parts: 1 });
        }
      }
    }
    for (const stage of model.stages) {
      if (!stage.implicit) {
        const { name, cells } = stage;
        for (const [index, id] of cells.entries()) {
          wanted.set(id, { name, stage, owner, part: index + 1, parts: cells.length });
        }
      }
    }
    return wanted;
  }

  private showBadge(cell: Cell, content: IBadgeContent | undefined, notes: readonly ICellNote[]): void {
    const shown = this.badges.get(cell);
    if (!content) {
      shown?.dispose();
      this.badges.delete(cell);
      return;
    }
    const badge = shown ?? new StageBadge(this.options);
    badge.render({ ...content, notes });
    if (!shown) {
      this.badges.set(cell, badge);
      insertBefore(cell, 'jp-Cell-inputWrapper', badge);
    }
  }

  private showNotes(cell: Cell, notes: readonly ICellNote[]): void {
    const shown = this.notes.get(cell);
    if (!notes.length) {
      shown?.dispose();
      this.notes.delete(cell);
      return;
    }
    const note = shown ?? new CellNote(this.options.trans, this.options.openNotes);
    note.render(notes);
    if (!shown) {
      this.notes.set(cell, note);
      insertBefore(cell, 'jp-Cell-outputWrapper', note);
    }
  }

  /** The clock goes only while something runs. */
  private setClock(runs: boolean): void {
    if (runs && this.clock === undefined) {
      this.clock = setInterval(() => {
        for (const cell of this.options.panel.content.widgets) {
          this.badges.get(cell)?.tick();
        }
      }, TICK_MS);
    } else if (!runs) {
      clearInterval(this.clock);
      this.clock = undefined;
    }
  }

  private isWaiting = false;
  private wanted: ReadonlyMap<string, IBadgeContent> = new Map();
  private said: ReadonlyMap<string, readonly ICellNote[]> = new Map();
  private readonly awaited = new WeakSet<Cell>();
  private clock: ReturnType<typeof setInterval> | undefined;
  private readonly badges = new WeakMap<Cell, StageBadge>();
  private readonly notes = new WeakMap<Cell, CellNote>();
}

/** Put a widget into a cell, before the part of it that has a class. */
function insertBefore(cell: Cell, className: string, widget: Widget): void {
  const layout = cell.layout as PanelLayout;
  const index = layout.widgets.findIndex(part => part.hasClass(className));
  layout.insertWidget(index < 0 ? layout.widgets.length : index, widget);
}
