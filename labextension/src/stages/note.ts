/** The line below a cell's input that says what is wrong with it; pressed, it says all of it. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { markIcons } from '../icons';
import type { ICellNote } from './cell_notes';

/** One line for all notes of a cell: the gravest, and how many more there are. */
export class CellNote extends Widget {
  constructor(
    private readonly trans: TranslationBundle,
    private readonly open: (notes: readonly ICellNote[]) => void
  ) {
    super();
    this.addClass('jp-MlpipeNote');
    this.button.type = 'button';
    this.button.dataset.lmSuppressShortcuts = 'true';
    this.button.addEventListener('click', () => this.open(this.notes));
    this.mark.className = 'jp-MlpipeMark';
    this.code.className = 'jp-MlpipeNote-code';
    this.message.className = 'jp-MlpipeNote-message';
    this.button.append(this.mark, this.code, this.message);
    this.node.append(this.button);
  }

  /** Show these notes, of which there is one at least. */
  render(notes: readonly ICellNote[]): void {
    const [first] = notes;
    if (!first || JSON.stringify(notes) === JSON.stringify(this.notes)) {
      return;
    }
    this.notes = notes;
    const more = notes.length - 1;
    const message = first.message.split('\n', 1)[0] ?? '';
    this.node.dataset.mlpipeSeverity = first.severity;
    this.mark.replaceChildren();
    markIcons[first.severity === 'error' ? 'failed' : 'interrupted'].element({
      container: this.mark,
      height: '14px',
      width: '14px'
    });
    this.code.textContent = first.code;
    this.message.textContent = more ? this.trans._n('%2 (and %1 more)', '%2 (and %1 more)', more, message) : message;
    const whole = notes.map(note => [note.code, note.message, note.hint].filter(Boolean).join(' – '));
    this.button.title = whole.join('\n');
    this.button.setAttribute('aria-label', whole.join('. '));
  }

  private notes: readonly ICellNote[] = [];
  private readonly button = document.createElement('button');
  private readonly mark = document.createElement('span');
  private readonly code = document.createElement('span');
  private readonly message = document.createElement('span');
}
