/** Makes the selected cells of a notebook a stage. Loaded when it is first used. */

import { Dialog } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { Notebook } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { MlpipeError } from '../api/errors';
import { CheckedDialog } from '../running/checked_dialog';
import { stageDirective } from '../stage_line/directive';
import { nameProblem, suggestName } from '../stage_line/stage_names';

/**
 * Ask for a name and write it into the selected code cells; whether that was done.
 *
 * Throws an `MlpipeError` where none of them can be part of a stage.
 */
export async function makeStage(notebook: Notebook, trans: TranslationBundle): Promise<boolean> {
  const cells = selectedCode(notebook, trans);
  const taken = notebook.widgets.flatMap(cell => stageDirective(sourceOf(cell))?.name ?? []);
  const body = new NameBody(suggestName(cells.map(sourceOf), taken), taken, trans);
  const dialog = new CheckedDialog<string>({
    title: trans._n('Make the cell a stage', 'Make %1 cells a stage', cells.length),
    body,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Make stage') })],
    focusNodeSelector: 'input',
    isAcceptable: () => body.isAcceptable()
  });
  const { button } = await dialog.launch();
  if (!button.accept) {
    return false;
  }
  for (const cell of cells) {
    // An edit as the user's own: it can be undone, cell by cell.
    cell.model.sharedModel.updateSource(0, 0, `%%stage ${body.name}\n`);
  }
  return true;
}

/** The selected cells that hold code. */
function selectedCode(notebook: Notebook, trans: TranslationBundle): Cell[] {
  const cells = notebook.selectedCells.filter(cell => cell.model.type === 'code' && sourceOf(cell).trim());
  const refuse = (message: string, hint: string): never => {
    throw new MlpipeError({ code: '', message, hint, details: {} });
  };
  if (!cells.length) {
    refuse(trans.__('No cell with code is selected.'), trans.__('Select the cells that belong to the stage.'));
  }
  for (const cell of cells) {
    const source = sourceOf(cell);
    const stage = stageDirective(source);
    if (stage) {
      refuse(
        trans.__('A selected cell belongs to the stage “%1” already.', stage.name ?? ''),
        trans.__('Change the name on its first line instead.')
      );
    }
    if (cell.model.sharedModel.getMetadata('tags')?.toString().split(',').includes('parameters')) {
      refuse(
        trans.__('The cell tagged “parameters” cannot be part of a stage.'),
        trans.__('A run sets its values; leave it out of the selection.')
      );
    }
  }
  return cells;
}

function sourceOf(cell: Cell): string {
  return cell.model.sharedModel.getSource();
}

/** One field for the name, and what is wrong with it. */
class NameBody extends Widget {
  constructor(
    suggestion: string,
    private readonly taken: readonly string[],
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-MlpipeForm');
    const label = document.createElement('label');
    label.textContent = trans.__('Name');
    this.input.className = 'jp-mod-styled';
    this.input.value = suggestion;
    this.input.spellcheck = false;
    this.input.addEventListener('input', () => this.judge());
    this.hint.className = 'jp-MlpipeForm-help';
    this.hint.setAttribute('role', 'status');
    label.append(this.input);
    this.node.append(label, this.hint);
    this.judge();
  }

  get name(): string {
    return this.input.value.trim();
  }

  isAcceptable(): boolean {
    this.judge();
    const isFine = nameProblem(this.name, this.trans) === '';
    if (!isFine) {
      this.input.focus();
    }
    return isFine;
  }

  protected override onAfterAttach(): void {
    this.input.select();
  }

  private judge(): void {
    const problem = nameProblem(this.name, this.trans);
    this.input.setAttribute('aria-invalid', String(problem !== ''));
    this.hint.classList.toggle('jp-MlpipeForm-problem', problem !== '');
    const joined = this.taken.includes(this.name);
    this.hint.textContent =
      problem || (joined ? this.trans.__('The cells join the stage of this name.') : `%%stage ${this.name}`);
  }

  private readonly input = document.createElement('input');
  private readonly hint = document.createElement('small');
}
