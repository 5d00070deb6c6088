/** Shows how the gates and contracts of a stage stood, and what they saw. Loaded when it is first opened. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Widget } from '@lumino/widgets';
import * as React from 'react';

import type { StageVerdicts } from '../api/types';
import { LocaleContext } from '../elements';
import { CheckList } from '../evidence/view';
import { markIcons } from '../icons';

export interface IVerdictsViewOptions {
  readonly found: StageVerdicts;

  /** The gate whose evidence is shown first; null for those that did not hold. */
  readonly gate: string | null;
  readonly trans: TranslationBundle;
  readonly locale: string | undefined;
}

/** A tab with the verdicts on a stage. */
export function verdictsView(options: IVerdictsViewOptions): MainAreaWidget<Widget> {
  const { found, trans } = options;
  const view = new MainAreaWidget({ content: new VerdictsWidget(options) });
  view.title.label = trans.__('Gates of %1', found.stage);
  view.title.caption = trans.__('How the gates and contracts of “%1” stood in run %2', found.stage, found.run);
  view.title.icon = markIcons[found.checks.every(({ passed }) => passed) ? 'done' : 'refused'];
  view.title.closable = true;
  return view;
}

class VerdictsWidget extends ReactWidget {
  constructor(private readonly options: IVerdictsViewOptions) {
    super();
    this.addClass('jp-MlpipeVerdicts');
    this.node.tabIndex = 0; // what scrolls can be reached by keyboard
  }

  protected override render(): JSX.Element {
    const { found, gate, trans, locale } = this.options;
    return (
      <LocaleContext.Provider value={locale}>
        <header className="jp-MlpipeValues-heading">
          <h2>{found.stage}</h2>
          <span className="jp-MlpipeValues-run">{trans.__('run %1', found.run)}</span>
        </header>
        {found.checks.length ? (
          <CheckList checks={found.checks} open={gate} trans={trans} />
        ) : (
          <p className="jp-MlpipeValues-none">{trans.__('Nothing was asked of it in this run.')}</p>
        )}
      </LocaleContext.Provider>
    );
  }
}
