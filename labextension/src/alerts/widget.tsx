/** What shows alerts in the sidebar: the model's life is tied to this widget. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { Poll } from '@lumino/polling';
import * as React from 'react';

import { LocaleContext } from '../elements';
import type { Alerts } from './model';
import { AlertsView, type IAlertsActions } from './view';

/** Alerts come from other processes, and their number is shown while the list is not. */
const SLOWLY = { interval: 30_000, backoff: true, max: 120_000 };

export class AlertsWidget extends ReactWidget {
  constructor(
    readonly alerts: Alerts,
    private readonly actions: IAlertsActions,
    private readonly language: { readonly trans: TranslationBundle; readonly locale: string | undefined }
  ) {
    super();
    this.addClass('jp-MlpipeAlerts');
    this.poll = new Poll({
      name: 'mlpipe:alerts',
      factory: () => alerts.refresh(),
      frequency: SLOWLY,
      standby: 'when-hidden'
    });
  }

  override dispose(): void {
    this.poll.dispose();
    this.alerts.dispose();
    super.dispose();
  }

  protected override render(): JSX.Element {
    const { trans, locale } = this.language;
    return (
      <LocaleContext.Provider value={locale}>
        <UseSignal signal={this.alerts.changed}>
          {() => <AlertsView alerts={this.alerts} actions={this.actions} trans={trans} />}
        </UseSignal>
      </LocaleContext.Provider>
    );
  }

  private readonly poll: Poll;
}
