/** Which options may stand on our lines, and what is wrong with a line. Knows no editor. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { type ISignal, Signal } from '@lumino/signaling';

import type { StageOption } from '../api/types';
import type { IMlpipeClient } from '../tokens';
import type { IDirective, IToken } from './directive';
import { nameProblem } from './stage_names';

/** Something wrong with a piece of a line. */
export interface ILineProblem {
  readonly token: IToken;
  readonly text: string;
}

/** The options of `%pipeline` lines, which no hook adds to. */
function pipelineOptions(trans: TranslationBundle): StageOption[] {
  const option = (flag: string, value: string, help: string, repeatable = false): StageOption => ({
    flags: [flag],
    value,
    help,
    repeatable,
    values: null
  });
  return [
    option('--owner', 'OWNER', trans.__('who answers for it')),
    option('--team', 'TEAM', trans.__('the team that its cost counts for')),
    option('--escalate', 'WHO', trans.__('whom to tell next'), true)
  ];
}

/** The options of stage lines as the server knows them, asked for once a notebook. */
export class LineOptions {
  constructor(
    private readonly client: Pick<IMlpipeClient, 'stageLine'>,
    private readonly trans: TranslationBundle
  ) {
    this.pipeline = pipelineOptions(trans);
  }

  /** Options became known that were not. */
  get changed(): ISignal<this, void> {
    return this.change;
  }

  /** The options that may stand on a line; null while the server has not said. */
  of(directive: IDirective, path: string): readonly StageOption[] | null {
    if (directive.magic === 'pipeline') {
      return this.pipeline;
    }
    const known = this.known.get(path);
    if (known === undefined) {
      void this.load(path);
    }
    return known ?? null;
  }

  /** The same, once the server has said. */
  async loaded(directive: IDirective, path: string): Promise<readonly StageOption[]> {
    const known = this.of(directive, path);
    return known ?? (await this.load(path)) ?? [];
  }

  /** What is wrong with a line, as far as is known. */
  problems(directive: IDirective, path: string): ILineProblem[] {
    const { trans } = this;
    const [magic] = directive.tokens as readonly [IToken, ...IToken[]];
    const name = directive.tokens.find(token => token.kind === 'name');
    const wrong = directive.name === null ? '' : nameProblem(directive.name, trans);
    const found = name && wrong ? [{ token: name, text: wrong }] : [];
    if (!name && directive.tokens.length > 1) {
      found.push({ token: magic, text: nameProblem('', trans) });
    }
    const options = this.of(directive, path);
    if (options) {
      const flags = options.flatMap(option => option.flags);
      for (const token of directive.tokens) {
        if (token.kind === 'option' && !flags.includes(token.text)) {
          found.push({ token, text: unknownOption(token.text, flags, trans) });
        }
      }
    }
    return found;
  }

  private load(path: string): Promise<readonly StageOption[] | null> {
    const waiting = this.waiting.get(path);
    if (waiting) {
      return waiting;
    }
    const asked = this.client.stageLine({ path }).then(
      ({ options }) => {
        this.known.set(path, options);
        this.change.emit();
        return options;
      },
      () => {
        setTimeout(() => this.waiting.delete(path), RETRY_MS);
        return null;
      }
    );
    this.waiting.set(path, asked);
    return asked;
  }

  private readonly pipeline: readonly StageOption[];
  private readonly known = new Map<string, readonly StageOption[]>();
  private readonly waiting = new Map<string, Promise<readonly StageOption[] | null>>();
  private readonly change = new Signal<this, void>(this);
}

/** How long we leave the server alone after it gave no answer. */
const RETRY_MS = 30_000;

function unknownOption(given: string, flags: readonly string[], trans: TranslationBundle): string {
  const near = flags
    .map(flag => ({ flag, distance: distance(given, flag) }))
    .sort((a, b) => a.distance - b.distance)
    .find(({ flag, distance }) => distance <= Math.max(2, flag.length / 3));
  return near
    ? trans.__('Unknown option %1. Did you mean %2?', given, near.flag)
    : trans.__('Unknown option %1. Press Tab after a dash for the options there are.', given);
}

/** How many letters must be added, removed or changed to make one text the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
