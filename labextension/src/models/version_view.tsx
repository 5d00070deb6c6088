/** A version's page: what it is, what it was made of, how its gates stood, and what became of it. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { AllowedAction, ApprovalInfo, ModelVersionDetail, TransitionInfo } from '../api/types';
import { ErrorNote, LocaleContext, StateMark, When } from '../elements';
import { evidenceOf } from '../evidence/evidence';
import { CheckList, EvidenceView } from '../evidence/view';
import { ActionButtons, Chips } from './pieces';
import type { VersionModel } from './version_model';
import { metricRows, statusWord, transitionLine } from './words';

/** What can be done on the page. */
export interface IVersionActions {
  openRun(run: string): void;
  openNotebook(path: string): void;
  openVersion(version: number): void;
  act(action: AllowedAction): void;
  readonly isBusy: boolean;
}

interface IProps {
  readonly model: VersionModel;
  readonly actions: IVersionActions;
  readonly trans: TranslationBundle;
}

export function VersionView(props: IProps): JSX.Element {
  const { model, trans } = props;
  const { detail, error } = model;
  return (
    <article className="jp-MlpipePage">
      {error && (
        <ErrorNote error={error.info} action={{ label: trans.__('Try again'), run: () => void model.refresh() }} />
      )}
      {detail ? (
        <Detail {...props} detail={detail} />
      ) : (
        !error && (
          <div className="jp-MlpipeWaiting" role="status">
            {trans.__('Loading…')}
          </div>
        )
      )}
    </article>
  );
}

function Detail(props: IProps & { detail: ModelVersionDetail }): JSX.Element {
  const { detail, actions, trans } = props;
  const { info } = detail;
  const recorded: readonly (readonly [string, unknown])[] = [
    [trans.__('Data'), detail.inputs],
    [trans.__('Files'), detail.files],
    [trans.__('Parameters'), detail.parameters],
    [trans.__('Signature'), detail.signature],
    [trans.__('Environment'), detail.environment]
  ];
  return (
    <>
      <header className="jp-MlpipePage-header">
        <h1>
          {info.model}
          <small>{trans.__('version %1', info.version)}</small>
          <Chips version={info} trans={trans} />
        </h1>
        <div className="jp-MlpipePage-actions">
          <ActionButtons
            actions={info.actions}
            isBusy={actions.isBusy}
            act={action => actions.act(action)}
            trans={trans}
          />
        </div>
      </header>
      <Facts {...props} />
      <Metrics {...props} />
      <Gates {...props} />
      <section>
        <h2>{trans.__('Approvals')}</h2>
        <Approvals approvals={detail.approvals} trans={trans} />
      </section>
      <section>
        <h2>{trans.__('History')}</h2>
        <History {...props} />
      </section>
      {recorded.map(
        ([title, value]) =>
          evidenceOf(value) && (
            <section key={title} aria-label={title}>
              <h2>{title}</h2>
              <EvidenceView value={value} trans={trans} />
            </section>
          )
      )}
    </>
  );
}

function Facts({ detail, actions, trans }: IProps & { detail: ModelVersionDetail }): JSX.Element {
  const { info, notebook } = detail;
  const { run } = info;
  const from = [info.pipeline, info.stage, detail.name].filter(Boolean).join(' → ');
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    [trans.__('Registered'), <When key="when" time={info.registered} />],
    [trans.__('By'), info.user],
    [trans.__('Owner'), [detail.owner, detail.team].filter(Boolean).join(', ')],
    [trans.__('From'), from],
    [
      trans.__('Run'),
      run && (
        <button key="run" type="button" className="jp-MlpipeLink" onClick={() => actions.openRun(run)}>
          {run}
        </button>
      )
    ],
    [
      trans.__('Notebook'),
      notebook && (
        <button key="notebook" type="button" className="jp-MlpipeLink" onClick={() => actions.openNotebook(notebook)}>
          {notebook}
        </button>
      )
    ],
    [
      trans.__('Stored as'),
      [detail.flavor, info.safe ? '' : trans.__('a pickle: to load it is to run it')].filter(Boolean).join(', ')
    ],
    [
      trans.__('Content'),
      <code key="content" title={detail.content}>
        {shortDigest(detail.content)}
      </code>
    ],
    [
      trans.__('Digest'),
      detail.digest && (
        <code key="files" title={detail.digest}>
          {shortDigest(detail.digest)}
        </code>
      )
    ]
  ];
  return (
    <dl className="jp-MlpipeFacts">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          )
      )}
    </dl>
  );
}

function Metrics({ model, detail, actions, trans }: IProps & { detail: ModelVersionDetail }): JSX.Element {
  const locale = React.useContext(LocaleContext);
  const { other, otherDetail } = model;
  const rows = metricRows(detail.info.metrics, otherDetail?.info.metrics ?? null, locale);
  return (
    <section>
      <h2>
        {trans.__('Metrics')}
        {detail.others.length > 0 && (
          <HTMLSelect
            className="jp-MlpipeModels-compare"
            aria-label={trans.__('Compare with')}
            value={other === null ? '' : String(other)}
            onChange={event =>
              void model.compareWith(event.currentTarget.value ? Number(event.currentTarget.value) : null)
            }
            options={[
              { value: '', label: trans.__('Compare with…') },
              ...detail.others.map(version => ({ value: String(version), label: trans.__('version %1', version) }))
            ]}
          />
        )}
      </h2>
      {rows.length ? (
        <table className="jp-MlpipeTable jp-mod-narrow">
          <thead>
            <tr>
              <th scope="col">{trans.__('Metric')}</th>
              <th scope="col" className="jp-mod-number">
                {trans.__('version %1', detail.info.version)}
              </th>
              {otherDetail && (
                <>
                  <th scope="col" className="jp-mod-number">
                    <button
                      type="button"
                      className="jp-MlpipeLink"
                      onClick={() => actions.openVersion(otherDetail.info.version)}
                    >
                      {trans.__('version %1', otherDetail.info.version)}
                    </button>
                  </th>
                  <th scope="col" className="jp-mod-number">
                    {trans.__('Difference')}
                  </th>
                </>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <tr key={row.name}>
                <th scope="row">{row.name}</th>
                <td className="jp-mod-number">{row.value}</td>
                {otherDetail && (
                  <>
                    <td className="jp-mod-number">{row.other}</td>
                    <td className="jp-mod-number">{row.difference}</td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p className="jp-MlpipePage-note">{trans.__('Its run bound no numbers.')}</p>
      )}
    </section>
  );
}

function Gates({ detail, trans }: IProps & { detail: ModelVersionDetail }): JSX.Element {
  return (
    <section>
      <h2>
        {trans.__('Gates')}
        <small>{trans.__('of the stages that it comes from, and that judged it')}</small>
      </h2>
      {detail.checks.length ? (
        <CheckList checks={detail.checks} trans={trans} />
      ) : (
        <p className="jp-MlpipePage-note">{trans.__('None was ever asked of it.')}</p>
      )}
    </section>
  );
}

function Approvals(props: { approvals: readonly ApprovalInfo[]; trans: TranslationBundle }): JSX.Element {
  const { approvals, trans } = props;
  if (!approvals.length) {
    return <p className="jp-MlpipePage-note">{trans.__('Nobody has approved or rejected it.')}</p>;
  }
  return (
    <ul className="jp-MlpipeModels-history">
      {approvals.map(({ approved, user, target, comment, time }) => (
        <li key={`${time} ${user}`}>
          <StateMark mark={approved ? 'done' : 'refused'} trans={trans} />
          <div>
            {approved
              ? trans.__('%1 approved it for %2', user, target)
              : trans.__('%1 rejected it for %2', user, target)}
            {' · '}
            <When time={time} />
            {comment && <div className="jp-MlpipeModels-quote">{comment}</div>}
          </div>
        </li>
      ))}
    </ul>
  );
}

function History({ detail, trans }: IProps & { detail: ModelVersionDetail }): JSX.Element {
  if (!detail.history.length) {
    return <p className="jp-MlpipePage-note">{trans.__('It was registered, and nothing was asked of it since.')}</p>;
  }
  return (
    <ul className="jp-MlpipeModels-history">
      {detail.history.map(move => (
        <li key={`${move.time} ${move.action} ${move.target}`} data-mlpipe-transition={move.status}>
          <StateMark mark={MARKS[move.status]} trans={trans} />
          <div>
            {[transitionLine(move, trans), statusWord(move.status, trans)].filter(Boolean).join(': ')}
            {' · '}
            <When time={move.time} /> · {move.user}
            {move.note && move.status !== 'done' && <div>{move.note}</div>}
            {move.reason && <div className="jp-MlpipeModels-quote">{move.reason}</div>}
            {move.checks.length > 0 && (
              <details>
                <summary>{trans._n('%1 gate was asked', '%1 gates were asked', move.checks.length)}</summary>
                <CheckList checks={move.checks} trans={trans} />
              </details>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

const MARKS = { done: 'done', refused: 'refused', open: 'running', abandoned: 'cancelled' } as const satisfies Record<
  TransitionInfo['status'],
  string
>;

function shortDigest(digest: string): string {
  return digest.replace(/^[a-z0-9]+:/, '').slice(0, 12);
}
