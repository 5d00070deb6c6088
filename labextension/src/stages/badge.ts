/** The badge above a stage's cell: a button that says how the stage stands, and opens its menu. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownEmptyThinIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';

import type { StageInfo } from '../api/types';
import { markIcons } from '../icons';
import { badgeText } from './badge_text';
import type { ICellNote } from './cell_notes';

/** What a badge shows. */
export interface IBadgeContent {
  readonly name: string;

  /** Null until the notebook is analysed: then only the name is known. */
  readonly stage: StageInfo | null;

  /** Who answers for the pipeline: a stage's own owner is shown where it is another. */
  readonly owner: string | null;

  /** Which of the stage's cells this is, from 1; the first carries the full badge. */
  readonly part: number;
  readonly parts: number;

  /** What else there is to say of the cell. */
  readonly notes?: readonly ICellNote[];
}

export interface IBadgeOptions {
  readonly trans: TranslationBundle;

  /** Open the menu of a stage. */
  readonly openMenu: (stage: string, anchor: HTMLElement, byKeyboard: boolean) => void;
}

/**
 * One row of fixed height, so that no change of state moves the notebook.
 *
 * It stands in the layout of its cell, and is disposed with it.
 */
export class StageBadge extends Widget {
  constructor(private readonly options: IBadgeOptions) {
    super();
    this.addClass('jp-MlpipeHead');
    const { button } = this;
    button.className = 'jp-MlpipeBadge';
    button.type = 'button';
    button.setAttribute('aria-haspopup', 'menu');
    // The notebook's shortcuts would take Enter and the arrows from a button that stands in it.
    button.dataset.lmSuppressShortcuts = 'true';
    button.addEventListener('click', event => this.open(event));
    button.append(this.mark, this.name, this.state, this.verdicts, this.why, this.facts, this.caret);
    caretDownEmptyThinIcon.element({ container: this.caret });
    this.node.append(button);
  }

  /** Show this, and touch no more of the page than differs from before. */
  render(content: IBadgeContent): void {
    const said = JSON.stringify(content);
    if (said !== this.said) {
      this.said = said;
      this.content = content;
      this.draw(content);
    }
  }

  /** A second has passed. */
  tick(): void {
    if (this.content?.stage?.state === 'running') {
      this.draw(this.content);
    }
  }

  private draw({ name, stage, owner, part, parts, notes = [] }: IBadgeContent): void {
    const { button, options } = this;
    const { trans } = options;
    const text = stage && badgeText(stage, owner, Date.now() / 1000, trans);
    const state = stage?.state ?? 'unknown';
    if (button.dataset.mlpipeState !== state) {
      button.dataset.mlpipeState = state;
      this.mark.dataset.mlpipeState = state;
      this.mark.replaceChildren();
      if (stage) {
        markIcons[stage.state].element({ container: this.mark, height: '14px', width: '14px' });
      }
    }
    button.dataset.mlpipeStage = name;
    button.classList.toggle('jp-mod-short', part > 1);
    setText(this.name, name);
    setText(this.state, part > 1 ? trans.__('%1 of %2', part, parts) : (text?.state ?? ''));
    setText(this.verdicts, part > 1 ? '' : (text?.verdicts ?? ''));
    setText(this.why, part > 1 ? '' : (text?.why ?? ''));
    setText(this.facts, part > 1 ? '' : (text?.facts.join(' · ') ?? ''));
    const whole = [
      ...(text?.whole ?? [trans.__('Stage %1', name)]),
      ...notes.map(({ code, message }) => `${code}: ${message}`)
    ];
    button.title = whole.join('\n');
    button.setAttribute('aria-label', whole.join('. '));
  }

  private open(event: MouseEvent): void {
    if (this.content) {
      this.options.openMenu(this.content.name, this.button, event.detail === 0);
    }
  }

  private content: IBadgeContent | null = null;
  private said = '';
  private readonly button = document.createElement('button');
  private readonly mark = piece('jp-MlpipeMark');
  private readonly name = piece('jp-MlpipeBadge-name');
  private readonly state = piece('jp-MlpipeBadge-state');
  private readonly verdicts = piece('jp-MlpipeBadge-verdicts');
  private readonly why = piece('jp-MlpipeBadge-why');
  private readonly facts = piece('jp-MlpipeBadge-facts');
  private readonly caret = piece('jp-MlpipeBadge-caret');
}

function piece(name: string): HTMLElement {
  const node = document.createElement('span');
  node.className = name;
  return node;
}

function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}
