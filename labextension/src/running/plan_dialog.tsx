/** Shows what a run would do, and starts it. Loaded when it is first opened. */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Analysis } from '../api/types';
import { formatValue } from '../format';
import { markIcons } from '../icons';
import { markWord } from '../words';
import { type IPlanRow, planCost, planRows, planSummary } from './plan_rows';

/** Show a plan; whether the user wants it run. */
export async function confirmPlan(
  analysis: Analysis,
  values: Readonly<Record<string, unknown>>,
  trans: TranslationBundle
): Promise<boolean> {
  const { button } = await showDialog({
    title: trans.__('Plan of “%1”', analysis.pipeline),
    body: new PlanBody(analysis, values, trans),
    buttons: [Dialog.cancelButton({ label: trans.__('Close') }), Dialog.okButton({ label: trans.__('Run') })]
  });
  return button.accept;
}

class PlanBody extends ReactWidget {
  constructor(
    private readonly analysis: Analysis,
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-MlpipePlan');
  }

  protected override render(): React.ReactElement {
    const { analysis, trans } = this;
    const rows = planRows(analysis, trans);
    const given = Object.entries(this.values);
    const showsCost = rows.some(row => row.cost);
    const cost = planCost(analysis, trans);
    return (
      <>
        <p className="jp-MlpipePlan-summary">{planSummary(analysis, trans)}</p>
        {cost && <p className="jp-MlpipePlan-cost">{cost}</p>}
        {given.length > 0 && (
          <p className="jp-MlpipePlan-values">
            {trans.__('With %1', given.map(([name, value]) => `${name} = ${formatValue(value)}`).join(', '))}
          </p>
        )}
        <div className="jp-MlpipePlan-scroll">
          <table className="jp-MlpipeTable">
            <thead>
              <tr>
                <th scope="col">{trans.__('Stage')}</th>
                <th scope="col">{trans.__('Action')}</th>
                <th scope="col">{trans.__('Why')}</th>
                <th scope="col" className="jp-mod-number">
                  {trans.__('Expected')}
                </th>
                {showsCost && (
                  <th scope="col" className="jp-mod-number">
                    {trans.__('Cost')}
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map(row => (
                <Row key={row.stage.name} row={row} showsCost={showsCost} trans={trans} />
              ))}
            </tbody>
          </table>
        </div>
      </>
    );
  }
}

interface IRowProps {
  readonly row: IPlanRow;
  readonly showsCost: boolean;
  readonly trans: TranslationBundle;
}

function Row({ row, showsCost, trans }: IRowProps): React.ReactElement {
  const { stage, runs, deed, why, expected, cost } = row;
  const Icon = markIcons[stage.state];
  return (
    <tr data-mlpipe-plan={stage.name} className={runs ? undefined : 'jp-mod-idle'}>
      <th scope="row">
        <span className="jp-MlpipeMark" data-mlpipe-state={stage.state} title={markWord(stage.state, trans)}>
          <Icon.react tag="span" width="14px" height="14px" />
        </span>
        {stage.implicit ? <em title={stage.name}>{trans.__('plain cell %1', stage.name)}</em> : stage.name}
      </th>
      <td>{deed}</td>
      <td className="jp-MlpipePlan-why">{why}</td>
      <td className="jp-mod-number">{expected}</td>
      {showsCost && <td className="jp-mod-number">{cost}</td>}
    </tr>
  );
}
