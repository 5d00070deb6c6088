/** Asks for the parameters of a run. Loaded when it is first opened. */

import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ParameterInfo } from '../api/types';
import { CheckedDialog } from './checked_dialog';
import { type IField, ParameterForm } from './parameter_form';

/** What the user wants to do with some values. */
export interface IParameterChoice {
  readonly values: Readonly<Record<string, unknown>>;
  readonly next: 'run' | 'plan';
}

/** Ask for values; null where the user thought better of it. */
export async function askParameters(
  parameters: readonly ParameterInfo[],
  remembered: Readonly<Record<string, unknown>>,
  trans: TranslationBundle
): Promise<IParameterChoice | null> {
  const form = new ParameterForm(parameters, remembered, trans);
  const dialog = new CheckedDialog<unknown>({
    title: trans.__('Run with parameters'),
    body: new FormBody(form, trans),
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Plan'), accept: true, className: 'jp-mod-plan' }),
      Dialog.okButton({ label: trans.__('Run') })
    ],
    focusNodeSelector: 'input, textarea',
    isAcceptable: () => form.isValid
  });
  const { button } = await dialog.launch();
  return button.accept ? { values: form.values, next: button.className === 'jp-mod-plan' ? 'plan' : 'run' } : null;
}

class FormBody extends ReactWidget {
  constructor(
    private readonly form: ParameterForm,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-MlpipeForm');
    form.changed.connect(() => this.update());
  }

  protected override render(): React.ReactElement {
    return (
      <form onSubmit={event => event.preventDefault()}>
        {this.form.fields.map(field => (
          <Field key={field.parameter.name} field={field} form={this.form} trans={this.trans} />
        ))}
      </form>
    );
  }
}

interface IFieldProps {
  readonly field: IField;
  readonly form: ParameterForm;
  readonly trans: TranslationBundle;
}

function Field({ field, form, trans }: IFieldProps): React.ReactElement {
  const { parameter, problem, isChanged } = field;
  const id = `mlpipe-parameter-${parameter.name}`;
  const input = <Input id={id} field={field} form={form} />;
  return (
    <div className="jp-MlpipeForm-field" data-mlpipe-parameter={parameter.name}>
      <span className="jp-MlpipeForm-head">
        {parameter.type === 'boolean' && input}
        <label htmlFor={id}>{parameter.name}</label>
        {isChanged && (
          <button
            type="button"
            className="jp-MlpipeLink"
            title={trans.__('Back to the notebook’s own value: %1', parameter.default_source)}
            onClick={() => form.reset(parameter.name)}
          >
            {trans.__('Reset')}
          </button>
        )}
      </span>
      {parameter.type !== 'boolean' && input}
      {parameter.help && (
        <small id={`${id}-help`} className="jp-MlpipeForm-help">
          {parameter.help}
        </small>
      )}
      {problem && (
        <small id={`${id}-problem`} className="jp-MlpipeForm-problem" role="alert">
          {problem}
        </small>
      )}
    </div>
  );
}

function Input({ id, field, form }: Omit<IFieldProps, 'trans'> & { readonly id: string }): React.ReactElement {
  const { parameter, text, problem } = field;
  const { name, type, default_source } = parameter;
  const about = {
    id,
    'aria-invalid': problem !== '',
    'aria-describedby': [problem && `${id}-problem`, parameter.help && `${id}-help`].filter(Boolean).join(' ')
  };
  if (type === 'boolean') {
    return (
      <input
        {...about}
        type="checkbox"
        checked={text === 'true'}
        onChange={event => form.set(name, String(event.target.checked))}
      />
    );
  }
  if (type === 'json' || type === 'expression') {
    return (
      <textarea
        {...about}
        className="jp-mod-styled"
        rows={Math.min(6, text.split('\n').length)}
        value={text}
        placeholder={default_source}
        spellCheck={false}
        onChange={event => form.set(name, event.target.value)}
      />
    );
  }
  return (
    <input
      {...about}
      className="jp-mod-styled"
      type="text"
      inputMode={type === 'integer' ? 'numeric' : type === 'number' ? 'decimal' : 'text'}
      value={text}
      spellCheck={false}
      onChange={event => form.set(name, event.target.value)}
    />
  );
}
