/** Asks before something is done with a version, and says what came of it where it was refused. Loaded when it is first opened. */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ModelOutcome } from '../api/types';
import { ErrorNote, LocaleContext } from '../elements';
import { CheckList } from '../evidence/view';
import { CheckedDialog } from '../running/checked_dialog';
import { type DeedKind, deedButton, deedConsequence, deedTitle } from './deeds';
import type { DeedRequest } from './request';

export interface ILanguage {
  readonly trans: TranslationBundle;
  readonly locale: string | undefined;
}

/** Ask; what the user wants done, null where they thought better of it. */
export async function askFirst(request: DeedRequest, language: ILanguage): Promise<DeedKind | null> {
  const { trans } = language;
  const { deed } = request;
  const reject = Dialog.warnButton({
    label: deedButton('reject', trans),
    accept: true,
    className: 'jp-mod-reject-model'
  });
  const dialog = new CheckedDialog<unknown>({
    title: deedTitle(deed, trans),
    body: new RequestBody(request, language),
    buttons: [
      Dialog.cancelButton(),
      ...(deed.kind === 'approve' ? [reject] : []),
      Dialog.okButton({ label: deedButton(deed.kind, trans) })
    ],
    focusNodeSelector: 'textarea',
    isAcceptable: () => request.isPossible
  });
  dialog.addClass('jp-MlpipeRequest');
  const follow = () => {
    const accept = dialog.node.querySelector<HTMLButtonElement>('.jp-Dialog-footer .jp-mod-accept:not(.jp-mod-warn)');
    if (accept) {
      accept.disabled = !request.isPossible;
    }
  };
  request.changed.connect(follow);
  // JupyterLab enables the buttons of a dialog whenever something is typed into it.
  dialog.node.addEventListener('input', follow);
  const answer = dialog.launch();
  void request.look();
  follow();
  const { button } = await answer;
  if (!button.accept) {
    return null;
  }
  return button.className === reject.className ? 'reject' : deed.kind;
}

/** Say that something was refused, why, and what the gates saw. */
export async function showRefusal(outcome: ModelOutcome, title: string, language: ILanguage): Promise<void> {
  await showDialog({
    title,
    body: new RefusalBody(outcome, language),
    buttons: [Dialog.okButton({ label: language.trans.__('Close') })]
  });
}

class RequestBody extends ReactWidget {
  constructor(
    private readonly request: DeedRequest,
    private readonly language: ILanguage
  ) {
    super();
    this.addClass('jp-MlpipeRequest-body');
    request.changed.connect(() => this.update());
  }

  protected override render(): JSX.Element {
    const { request } = this;
    const { trans, locale } = this.language;
    const isDecision = request.deed.kind === 'approve';
    return (
      <LocaleContext.Provider value={locale}>
        {(request.isPossible || request.isChecking) && <p>{deedConsequence(request.deed, request.current, trans)}</p>}
        <div aria-live="polite">
          {request.isChecking && (
            <>
              <p className="jp-MlpipeRequest-waiting">{trans.__('The gates are being asked…')}</p>
              <progress className="jp-MlpipeProgress" aria-label={trans.__('The gates are being asked…')} />
            </>
          )}
          {request.error && <ErrorNote error={request.error.info} />}
          {request.check && <Outcome outcome={request.check} trans={trans} />}
        </div>
        <label className="jp-MlpipeRequest-reason">
          {isDecision ? trans.__('Comment') : trans.__('Reason')}
          <textarea
            className="jp-mod-styled"
            rows={2}
            defaultValue={request.said}
            placeholder={trans.__('For the record')}
            onChange={event => {
              request.said = event.currentTarget.value;
            }}
          />
        </label>
      </LocaleContext.Provider>
    );
  }
}

class RefusalBody extends ReactWidget {
  constructor(
    private readonly outcome: ModelOutcome,
    private readonly language: ILanguage
  ) {
    super();
    this.addClass('jp-MlpipeRequest-body');
  }

  protected override render(): JSX.Element {
    const { trans, locale } = this.language;
    return (
      <LocaleContext.Provider value={locale}>
        <Outcome outcome={this.outcome} trans={trans} />
      </LocaleContext.Provider>
    );
  }
}

/** What the gates and the policy said. */
function Outcome({ outcome, trans }: { outcome: ModelOutcome; trans: TranslationBundle }): JSX.Element {
  const { decision, text, reasons, checks } = outcome;
  const further = reasons.filter(reason => !text.includes(reason));
  return (
    <div data-mlpipe-decision={decision}>
      {text && <p className="jp-MlpipeRequest-outcome">{text}</p>}
      {further.length > 0 && (
        <ul className="jp-MlpipeRequest-reasons">
          {further.map(reason => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {checks.length > 0 && <CheckList checks={checks} trans={trans} />}
    </div>
  );
}
