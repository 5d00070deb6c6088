/** What shows models in the sidebar and in tabs: the models' lives are tied to these widgets. */

import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { Poll } from '@lumino/polling';
import * as React from 'react';

import { LocaleContext } from '../elements';
import type { Models } from './model';
import type { ILanguage } from './request_dialog';
import type { VersionModel } from './version_model';
import { type IVersionActions, VersionView } from './version_view';
import { type IModelsActions, ModelsView } from './view';

/** The ledger is looked at once in so many milliseconds while somebody looks: others promote, too. */
const SLOWLY = { interval: 30_000, backoff: true, max: 120_000 };

/** The models of a workspace; they are kept up to date while they are seen. */
export class ModelsWidget extends ReactWidget {
  constructor(
    readonly models: Models,
    private readonly actions: IModelsActions,
    private readonly language: ILanguage
  ) {
    super();
    this.addClass('jp-MlpipeModels');
    this.poll = new Poll({
      name: 'mlpipe:models',
      factory: () => models.refresh(),
      frequency: SLOWLY,
      standby: () => (models.isActive ? 'when-hidden' : true)
    });
  }

  override dispose(): void {
    this.poll.dispose();
    this.models.dispose();
    super.dispose();
  }

  protected override onAfterShow(): void {
    this.models.isActive = true;
  }

  protected override onAfterHide(): void {
    this.models.isActive = false;
  }

  protected override render(): JSX.Element {
    const { trans, locale } = this.language;
    return (
      <LocaleContext.Provider value={locale}>
        <UseSignal signal={this.models.changed}>
          {() => <ModelsView models={this.models} actions={this.actions} trans={trans} />}
        </UseSignal>
      </LocaleContext.Provider>
    );
  }

  private readonly poll: Poll;
}

/** One version. */
export class VersionWidget extends ReactWidget {
  constructor(
    readonly model: VersionModel,
    private readonly models: Models,
    private readonly actions: IVersionActions,
    private readonly language: ILanguage
  ) {
    super();
    this.addClass('jp-MlpipeMain');
    this.node.tabIndex = 0; // what scrolls can be reached by keyboard
    model.changed.connect(() => this.update());
    this.models.changed.connect(this.update, this);
    void model.refresh();
  }

  override dispose(): void {
    this.models.changed.disconnect(this.update, this);
    this.model.dispose();
    super.dispose();
  }

  protected override render(): JSX.Element {
    const { trans, locale } = this.language;
    return (
      <LocaleContext.Provider value={locale}>
        <VersionView model={this.model} actions={this.actions} trans={trans} />
      </LocaleContext.Provider>
    );
  }
}
