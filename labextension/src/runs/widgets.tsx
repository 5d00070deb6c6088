/** What shows runs in the sidebar and in tabs: the models' lives are tied to these widgets. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { Poll } from '@lumino/polling';
import * as React from 'react';

import { LocaleContext } from '../elements';
import type { RunHistory } from './history';
import { HistoryView, type IHistoryActions } from './history_view';
import type { RunModel } from './run_model';
import { type IRunActions, RunView } from './run_view';

/** The language of what is shown. */
export interface ILanguage {
  readonly trans: TranslationBundle;
  readonly locale: string | undefined;
}

/** News may be lost: what is seen is asked for anew once in so many milliseconds. */
const SLOWLY = { interval: 20_000, backoff: true, max: 120_000 };

/** The history of runs; it is kept up to date while it is seen. */
export class RunsWidget extends ReactWidget {
  constructor(
    readonly history: RunHistory,
    private readonly actions: IHistoryActions,
    private readonly language: ILanguage
  ) {
    super();
    this.addClass('jp-MlpipeRuns');
    this.poll = new Poll({
      name: 'mlpipe:runs',
      factory: () => history.refresh(),
      frequency: SLOWLY,
      standby: () => (history.isActive ? 'when-hidden' : true)
    });
  }

  override dispose(): void {
    this.poll.dispose();
    this.history.dispose();
    super.dispose();
  }

  protected override onAfterShow(): void {
    this.history.isActive = true;
  }

  protected override onAfterHide(): void {
    this.history.isActive = false;
  }

  protected override render(): JSX.Element {
    const { trans, locale } = this.language;
    return (
      <LocaleContext.Provider value={locale}>
        <UseSignal signal={this.history.changed}>
          {() => <HistoryView history={this.history} actions={this.actions} trans={trans} />}
        </UseSignal>
      </LocaleContext.Provider>
    );
  }

  private readonly poll: Poll;
}

/** One run; it is followed until it has ended. */
export class RunWidget extends ReactWidget {
  constructor(
    readonly model: RunModel,
    private readonly actions: IRunActions,
    private readonly language: ILanguage
  ) {
    super();
    this.addClass('jp-MlpipeMain');
    this.poll = new Poll({
      name: `mlpipe:run-${model.run}`,
      factory: () => model.refresh(),
      frequency: SLOWLY,
      standby: () => (model.isRunning || model.detail === null ? 'when-hidden' : true)
    });
  }

  override dispose(): void {
    this.poll.dispose();
    this.model.dispose();
    super.dispose();
  }

  protected override render(): JSX.Element {
    const { trans, locale } = this.language;
    return (
      <LocaleContext.Provider value={locale}>
        <UseSignal signal={this.model.changed}>
          {() => <RunView model={this.model} actions={this.actions} trans={trans} />}
        </UseSignal>
      </LocaleContext.Provider>
    );
  }

  private readonly poll: Poll;
}
