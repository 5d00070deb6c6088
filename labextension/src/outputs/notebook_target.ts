/** JupyterLab's notebook as a place for a run's outputs. */

import type { ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';

import { type ICellChange, type Output, sameOutput, sameOutputs } from './pending_outputs';
import type { IOutputsTarget } from './run_outputs';

type IOutput = Parameters<ICodeCellModel['outputs']['add']>[0];

/** Where a notebook notes which run it shows. */
const METADATA = 'mlpipe';

/** The field of a client's awareness that names the run that it started. */
const STARTED = 'mlpipeStartedRun';

/** Clients tell every 15 seconds that they are there. */
const PRESENCE_MS = 20_000;

export class NotebookTarget implements IOutputsTarget {
  constructor(private readonly panel: NotebookPanel) {}

  /**
   * Who started the run writes; where they have left, whoever has the lowest id of those who are there.
   *
   * A client that has just come does not see the others before they next tell that they are there.
   */
  writes(run: string): boolean | null {
    const model = this.model;
    if (!model) {
      return false;
    }
    if (!model.collaborative) {
      return true;
    }
    const { awareness } = model.sharedModel;
    const present = [...awareness.getStates()].filter(([, state]) => 'user' in state); // the server is there too
    const starters = present.filter(([, state]) => (state as Record<string, unknown>)[STARTED] === run);
    if (!starters.length && Date.now() < this.opened + PRESENCE_MS) {
      return null;
    }
    return Math.min(...(starters.length ? starters : present).map(([id]) => id)) === awareness.clientID;
  }

  announce(run: string): void {
    if (this.model?.collaborative) {
      this.model.sharedModel.awareness.setLocalStateField(STARTED, run);
    }
  }

  get shownRun(): string | null {
    const noted = this.model?.getMetadata(METADATA) as { run?: unknown } | undefined;
    return typeof noted?.run === 'string' ? noted.run : null;
  }

  set shownRun(run: string | null) {
    this.unnoticed(model => {
      model.setMetadata(METADATA, { ...(model.getMetadata(METADATA) as object | undefined), run });
    });
  }

  get lastSaved(): number {
    const time = Date.parse(this.panel.context.contentsModel?.last_modified ?? '');
    return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time / 1000;
  }

  get isDirty(): boolean {
    return this.model?.dirty ?? true;
  }

  apply(changes: readonly ICellChange[], trusted: boolean): void {
    const changeOf = new Map(changes.map(change => [change.cell, change]));
    this.unnoticed(model => {
      for (const cell of model.cells) {
        const change = changeOf.get(cell.id);
        if (change && cell.type === 'code') {
          applyTo(cell as ICodeCellModel, change, trusted);
        }
      }
    });
  }

  save(): Promise<void> {
    return this.panel.context.save();
  }

  private get model(): INotebookModel | null {
    return this.panel.isDisposed ? null : this.panel.content.model;
  }

  private readonly opened = Date.now();

  /** Change the notebook without making it look edited, where it did not before. */
  private unnoticed(change: (model: INotebookModel) => void): void {
    const model = this.model;
    if (!model) {
      return;
    }
    const wasClean = !model.dirty;
    change(model);
    if (wasClean) {
      model.dirty = false;
    }
  }
}

function applyTo(cell: ICodeCellModel, change: ICellChange, trusted: boolean): void {
  const outputs = change.outputs.map(uncounted);
  if (change.running) {
    cell.executionCount = null;
  }
  if (trusted && (outputs.length || change.replaces)) {
    cell.trusted = true; // as a cell is that its user executes
  }
  if (change.replaces) {
    replace(cell, outputs);
  } else {
    for (const output of outputs) {
      cell.outputs.add(output as unknown as IOutput);
    }
  }
  if (change.running !== null) {
    cell.executionState = change.running ? 'running' : 'idle';
  }
}

/** Show these outputs in the place of a cell's own, and touch no more than differs. */
function replace(cell: ICodeCellModel, wanted: readonly Output[]): void {
  const shown = cell.outputs.toJSON() as unknown as Output[];
  if (sameOutputs(shown, wanted)) {
    return;
  }
  cell.executionCount = null;
  const differ = wanted.flatMap((output, index) => (sameOutput(output, shown[index] ?? {}) ? [] : [index]));
  const inPlace =
    shown.length === wanted.length && differ.every(index => ![shown[index], wanted[index]].some(isStreamOutput));
  if (inPlace) {
    for (const index of differ) {
      cell.outputs.set(index, wanted[index] as unknown as IOutput);
    }
  } else {
    cell.outputs.fromJSON(wanted as unknown as IOutput[]);
  }
}

/** Streams are appended to later, which the notebook's model can do only to those that were added. */
function isStreamOutput(output: Output | undefined): boolean {
  return output?.output_type === 'stream';
}

/** An output without its execution count, which is of a kernel that the notebook does not have. */
function uncounted(output: Output): Output {
  return 'execution_count' in output ? { ...output, execution_count: null } : output;
}
