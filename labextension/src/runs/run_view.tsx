/** One run: its facts, and its stages with how each ended. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ArtifactInfo, RunInfo, StageRunInfo } from '../api/types';
import { Elapsed, ErrorNote, LocaleContext, StateMark, When } from '../elements';
import { CheckList } from '../evidence/view';
import { formatDuration, formatNumber, formatSize, formatValue } from '../format';
import { markWord } from '../words';
import type { RunModel } from './run_model';

/** What can be done with the run that is shown. */
export interface IRunActions {
  openExecuted(run: RunInfo): void;
  openNotebook(path: string): void;
  compare(run: string, other: string): void;
  showValues(run: RunInfo, stage: string): void;
  openFailed(run: RunInfo, stage: string): void;
}

interface IProps {
  readonly model: RunModel;
  readonly actions: IRunActions;
  readonly trans: TranslationBundle;
}

export function RunView(props: IProps): JSX.Element {
  const { model, trans } = props;
  const { detail, error } = model;
  return (
    <article className="jp-MlpipePage">
      {error && (
        <ErrorNote error={error.info} action={{ label: trans.__('Try again'), run: () => void model.refresh() }} />
      )}
      {detail ? (
        <>
          <Heading {...props} run={detail.run} />
          <Facts run={detail.run} trans={trans} />
          {detail.run.error && <ErrorNote error={detail.run.error} />}
          <Stages {...props} run={detail.run} stages={detail.stages} />
        </>
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

function Heading({ model, actions, run, trans }: IProps & { run: RunInfo }): JSX.Element {
  const { previous } = model;
  const { notebook } = run;
  return (
    <header className="jp-MlpipePage-header">
      <h1>
        <StateMark mark={run.status} trans={trans} />
        {run.pipeline}
        <small>{markWord(run.status, trans)}</small>
      </h1>
      <div className="jp-MlpipePage-actions">
        {run.status === 'running' && (
          <button type="button" className="jp-mod-styled jp-mod-warn" onClick={() => void model.cancel()}>
            {trans.__('Cancel')}
          </button>
        )}
        {previous && (
          <button
            type="button"
            className="jp-MlpipeButton"
            onClick={() => actions.compare(previous.run, run.run)}
            title={trans.__('The run of this pipeline before this one: %1', previous.run)}
          >
            {trans.__('Compare with the run before')}
          </button>
        )}
        {run.status !== 'running' && (
          <button type="button" className="jp-MlpipeButton" onClick={() => actions.openExecuted(run)}>
            {trans.__('Open executed notebook')}
          </button>
        )}
        {notebook && (
          <button type="button" className="jp-MlpipeButton" onClick={() => actions.openNotebook(notebook)}>
            {trans.__('Open notebook')}
          </button>
        )}
      </div>
    </header>
  );
}

/** What is known of a run, as far as it is known. */
function Facts({ run, trans }: { run: RunInfo; trans: TranslationBundle }): JSX.Element {
  const parameters = Object.entries(run.parameters);
  const took = run.status === 'running' ? <Elapsed since={run.started} /> : formatDuration(run.seconds);
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    [trans.__('Started'), <When key="started" time={run.started} />],
    [trans.__('Took'), took],
    [trans.__('By'), run.host ? trans.__('%1 on %2', run.user, run.host) : run.user],
    [trans.__('From'), run.door],
    [trans.__('Owner'), [run.owner, run.team].filter(Boolean).join(', ')],
    [trans.__('Notebook'), run.notebook],
    [trans.__('Run'), <code key="run">{run.run}</code>]
  ];
  return (
    <>
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
      {parameters.length > 0 && (
        <ul className="jp-MlpipeParameters" aria-label={trans.__('Parameters')}>
          {parameters.map(([name, value]) => (
            <li key={name}>
              <code>
                {name} = {formatValue(value, 80)}
              </code>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Stages(props: IProps & { run: RunInfo; stages: readonly StageRunInfo[] }): JSX.Element {
  const { model, run, stages, trans } = props;
  const cells = stages.filter(stage => stage.implicit).length;
  const shown = stages.filter(stage => model.withCells || !stage.implicit);
  const saved = stages.reduce((sum, stage) => sum + stage.saved, 0);
  return (
    <section>
      <h2>
        {trans.__('Stages')}
        {saved > 0 && <small>{trans.__('the cache spared %1', formatDuration(saved))}</small>}
      </h2>
      {shown.length === 0 && (
        <p className="jp-MlpipePage-note">
          {run.status === 'running' ? trans.__('No stage has ended yet.') : trans.__('No stage took part.')}
        </p>
      )}
      {shown.length > 0 && (
        <table className="jp-MlpipeTable">
          <thead>
            <tr>
              <th>{trans.__('Stage')}</th>
              <th>{trans.__('Why')}</th>
              <th className="jp-mod-number">{trans.__('Took')}</th>
              <th className="jp-mod-number">{trans.__('Saved')}</th>
              <th>{trans.__('Numbers')}</th>
            </tr>
          </thead>
          {shown.map(stage => (
            <Stage key={stage.name} {...props} stage={stage} />
          ))}
        </table>
      )}
      {cells > 0 && (
        <button
          type="button"
          className="jp-MlpipeLink"
          onClick={() => {
            model.withCells = !model.withCells;
          }}
        >
          {model.withCells
            ? trans.__('Hide plain cells')
            : trans._n('Show %1 plain cell that ran like a stage', 'Show %1 plain cells that ran like stages', cells)}
        </button>
      )}
    </section>
  );
}

function Stage(props: IProps & { run: RunInfo; stage: StageRunInfo }): JSX.Element {
  const { stage, trans } = props;
  const isBad = stage.status === 'failed' || stage.status === 'refused';
  const [isOpen, setOpen] = React.useState(isBad);
  const Caret = isOpen ? caretDownIcon.react : caretRightIcon.react;
  return (
    <tbody data-mlpipe-stage-run={stage.name} data-mlpipe-state={stage.status}>
      <tr>
        <th scope="row">
          <button
            type="button"
            className="jp-MlpipeTable-toggle"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            <Caret tag={null} />
            <StateMark mark={stage.status} trans={trans} />
            {stage.name}
          </button>
        </th>
        <td>{stage.reason}</td>
        <td className="jp-mod-number">{stage.status === 'skipped' ? '' : formatDuration(stage.seconds)}</td>
        <td className="jp-mod-number">{stage.saved > 0 ? formatDuration(stage.saved) : ''}</td>
        <td>
          <Numbers numbers={stage.numbers} />
        </td>
      </tr>
      {isOpen && (
        <tr className="jp-MlpipeTable-detail">
          <td colSpan={5}>
            <StageDetail {...props} />
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Numbers({ numbers }: { numbers: StageRunInfo['numbers'] }): JSX.Element {
  const locale = React.useContext(LocaleContext);
  return (
    <>
      {Object.entries(numbers).map(([name, value]) => (
        <span key={name} className="jp-MlpipeNumber">
          {name} <b>{formatNumber(value, locale)}</b>
        </span>
      ))}
    </>
  );
}

function StageDetail({
  model,
  actions,
  run,
  stage,
  trans
}: IProps & { run: RunInfo; stage: StageRunInfo }): JSX.Element {
  return (
    <>
      {stage.error && (
        <ErrorNote
          error={stage.error}
          action={
            stage.status === 'failed'
              ? { label: trans.__('Open where it failed'), run: () => actions.openFailed(run, stage.name) }
              : undefined
          }
        />
      )}
      {stage.gates.length > 0 && <Gates model={model} stage={stage} trans={trans} />}
      <div className="jp-MlpipeArtifacts">
        <Artifacts title={trans.__('Reads')} artifacts={stage.inputs} trans={trans} />
        <Artifacts title={trans.__('Makes')} artifacts={stage.outputs} trans={trans} />
      </div>
      <p className="jp-MlpipePage-note">
        {stage.worker && trans.__('On %1.', stage.worker)} {stage.attempt > 1 && trans.__('Attempt %1.', stage.attempt)}{' '}
        {stage.owner && trans.__('Owner: %1.', stage.owner)}{' '}
        {stage.inputs.length + stage.outputs.length > 0 && (
          <button type="button" className="jp-MlpipeLink" onClick={() => actions.showValues(run, stage.name)}>
            {trans.__('Show values')}
          </button>
        )}
      </p>
    </>
  );
}

/** How the gates stood, in a line each; with what they saw, once somebody wants to know. */
function Gates({ model, stage, trans }: Pick<IProps, 'model' | 'trans'> & { stage: StageRunInfo }): JSX.Element {
  const evidence = model.evidence(stage.name);
  return (
    <section aria-label={trans.__('Gates')}>
      <CheckList
        checks={evidence ?? stage.gates.map(gate => ({ ...gate, stage: stage.name, evidence: {} }))}
        trans={trans}
      />
      {!evidence && (
        <button type="button" className="jp-MlpipeLink" onClick={() => void model.loadEvidence(stage.name)}>
          {trans.__('Show what they saw')}
        </button>
      )}
    </section>
  );
}

function Artifacts(props: {
  title: string;
  artifacts: readonly ArtifactInfo[];
  trans: TranslationBundle;
}): JSX.Element | null {
  const { title, artifacts, trans } = props;
  const locale = React.useContext(LocaleContext);
  if (artifacts.length === 0) {
    return null;
  }
  return (
    <div>
      <h3>{title}</h3>
      <ul>
        {artifacts.map(artifact => {
          const { name, type, rows, bytes, source } = artifact;
          const facts = [
            type,
            typeof rows === 'number' ? trans.__('rows: %1', formatNumber(rows, locale)) : '',
            formatSize(bytes),
            source ? trans.__('from %1', source) : ''
          ];
          return (
            <li key={name} title={artifact.digest}>
              <code>{name}</code> <span>{facts.filter(Boolean).join(' · ')}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
