/** The parameters of a run as a form: what is typed, whether it can be a value, and which values differ. Knows no DOM. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { JSONExt, type PartialJSONValue } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';

import type { ParameterInfo } from '../api/types';

/** What a field's text is as a value, or why it is none. */
type Read = { readonly value: unknown } | { readonly problem: string };

export interface IField {
  readonly parameter: ParameterInfo;

  /** As it is typed; `true` or `false` for a checkbox. */
  readonly text: string;

  /** Why the text is no value; empty where it is one. */
  readonly problem: string;

  /** Whether its value is another than the notebook's own. */
  readonly isChanged: boolean;
}

export class ParameterForm {
  constructor(
    private readonly parameters: readonly ParameterInfo[],
    remembered: Readonly<Record<string, unknown>>,
    private readonly trans: TranslationBundle
  ) {
    for (const parameter of parameters) {
      const { name } = parameter;
      this.texts.set(name, name in remembered ? textOf(remembered[name], parameter) : defaultText(parameter));
    }
  }

  /** A text has changed. */
  get changed(): ISignal<this, void> {
    return this.change;
  }

  get fields(): readonly IField[] {
    return this.parameters.map(parameter => {
      const text = this.texts.get(parameter.name) ?? '';
      const read = this.read(parameter, text);
      return {
        parameter,
        text,
        problem: 'problem' in read ? read.problem : '',
        isChanged: 'problem' in read || differs(read.value, parameter)
      };
    });
  }

  get isValid(): boolean {
    return this.fields.every(field => !field.problem);
  }

  /** The values that differ from the notebook's own; those that are no values are left out. */
  get values(): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    for (const parameter of this.parameters) {
      const read = this.read(parameter, this.texts.get(parameter.name) ?? '');
      if ('value' in read && differs(read.value, parameter)) {
        found[parameter.name] = read.value;
      }
    }
    return found;
  }

  set(name: string, text: string): void {
    this.texts.set(name, text);
    this.change.emit();
  }

  /** Take back what was typed for a parameter. */
  reset(name: string): void {
    const parameter = this.parameters.find(candidate => candidate.name === name);
    if (parameter) {
      this.set(name, defaultText(parameter));
    }
  }

  private read(parameter: ParameterInfo, text: string): Read {
    const { trans } = this;
    const trimmed = text.trim();
    switch (parameter.type) {
      case 'boolean':
        return { value: text === 'true' };
      case 'string':
        return { value: text };
      case 'integer': {
        const value = Number(trimmed);
        if (!/^[+-]?\d+$/.test(trimmed)) {
          return { problem: trans.__('Give a whole number.') };
        }
        return Number.isSafeInteger(value) ? { value } : { problem: trans.__('This number is too large to be sent.') };
      }
      case 'number': {
        const value = Number(trimmed);
        return trimmed && Number.isFinite(value)
          ? { value }
          : { problem: trans.__('Give a number, such as 0.1 or 1e-3.') };
      }
      case 'expression':
        return trimmed ? this.json(trimmed) : { value: undefined };
      case 'json':
        return this.json(trimmed);
    }
  }

  private json(text: string): Read {
    try {
      return { value: JSON.parse(text) as unknown };
    } catch {
      return {
        problem: this.trans.__(
          'Give JSON: "text" in double quotes, a number, true, false, null, [list] or {"key": value}.'
        )
      };
    }
  }

  private readonly texts = new Map<string, string>();
  private readonly change = new Signal<this, void>(this);
}

function differs(value: unknown, parameter: ParameterInfo): boolean {
  if (parameter.type === 'expression') {
    return value !== undefined;
  }
  return !JSONExt.deepEqual(value as PartialJSONValue, parameter.default as PartialJSONValue);
}

/** The notebook's own value; an expression has none that could be typed. */
function defaultText(parameter: ParameterInfo): string {
  return parameter.type === 'expression' ? '' : textOf(parameter.default, parameter);
}

function textOf(value: unknown, parameter: ParameterInfo): string {
  const isText = parameter.type === 'string' && typeof value === 'string';
  return isText ? value : JSON.stringify(value ?? null);
}
