/** The list of runs with its filters. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, HTMLSelect, notebookIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { RunInfo, RunStatus } from '../api/types';
import { Elapsed, EmptyState, ErrorNote, type IAction, StateMark, When } from '../elements';
import { formatDuration, formatValue } from '../format';
import { pipelineIcon } from '../icons';
import { markWord } from '../words';
import type { RunHistory } from './history';

/** What can be done with runs. */
export interface IHistoryActions {
  open(run: RunInfo): void;
  openExecuted(run: RunInfo): void;
  compare(run: string, other: string): void;

  /** Offer what can be done with a run, at a place of the window. */
  offer(run: RunInfo, x: number, y: number): void;

  /** Run the notebook in focus; null where there is none. */
  readonly start: IAction | null;
}

interface IProps {
  readonly history: RunHistory;
  readonly actions: IHistoryActions;
  readonly trans: TranslationBundle;
}

const STATUSES: readonly RunStatus[] = ['running', 'done', 'failed', 'refused', 'cancelled', 'interrupted'];

export function HistoryView(props: IProps): JSX.Element {
  const { history, trans } = props;
  const { error, runs } = history;
  return (
    <>
      <Filters {...props} />
      {error && (
        <ErrorNote error={error.info} action={{ label: trans.__('Try again'), run: () => void history.refresh() }} />
      )}
      <div className="jp-MlpipeRuns-scroll">
        {runs.length ? <Runs {...props} /> : history.isLoaded && !error && <NoRuns {...props} />}
      </div>
      {history.chosen.length > 0 && <Choice {...props} />}
    </>
  );
}

function Filters({ history, trans }: IProps): JSX.Element {
  const { filter, notebook, pipelines } = history;
  const select = (label: string, value: string, change: (value: string) => void, options: [string, string][]) => (
    <HTMLSelect
      className="jp-MlpipeRuns-select"
      aria-label={label}
      title={label}
      value={value}
      onChange={event => change(event.currentTarget.value)}
      options={options.map(([value, label]) => ({ value, label }))}
    />
  );
  return (
    <search className="jp-MlpipeRuns-filters" aria-label={trans.__('Filter runs')}>
      <input
        type="search"
        className="jp-MlpipeRuns-text jp-mod-styled"
        placeholder={trans.__('Filter runs')}
        aria-label={trans.__('Filter runs by text')}
        value={filter.text}
        onChange={event => history.narrow({ text: event.currentTarget.value })}
      />
      <div className="jp-MlpipeRuns-selects">
        {notebook !== null &&
          select(
            trans.__('Whose runs'),
            filter.ofNotebook ? 'notebook' : 'workspace',
            value => history.narrow({ ofNotebook: value === 'notebook', pipeline: null }),
            [
              ['notebook', trans.__('This notebook')],
              ['workspace', trans.__('Whole workspace')]
            ]
          )}
        {(notebook === null || !filter.ofNotebook) &&
          pipelines.length > 1 &&
          select(trans.__('Pipeline'), filter.pipeline ?? '', value => history.narrow({ pipeline: value || null }), [
            ['', trans.__('All pipelines')],
            ...pipelines.map((name): [string, string] => [name, name])
          ])}
        {select(
          trans.__('Status'),
          filter.status ?? '',
          value => history.narrow({ status: (value || null) as RunStatus | null }),
          [
            ['', trans.__('Any status')],
            ...STATUSES.map((status): [string, string] => [status, markWord(status, trans)])
          ]
        )}
      </div>
    </search>
  );
}

/** Rows that the arrow keys walk through; each has buttons of its own. */
function Runs({ history, actions, trans }: IProps): JSX.Element {
  const { runs, chosen, more } = history;
  const [current, setCurrent] = React.useState<string | null>(null);
  const tabStop = runs.some(run => run.run === current) ? current : runs[0]?.run;
  const list = React.useRef<HTMLTableElement>(null);

  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>) => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-mlpipe-run]') ?? [])];
    const row = event.target as HTMLElement;
    const index = rows.indexOf(row);
    const run = runs[index];
    const goal = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (!run) {
      return;
    }
    if (goal !== undefined) {
      rows[goal]?.focus();
    } else if (event.key === 'Enter') {
      actions.open(run);
    } else if (event.key === ' ') {
      history.toggleChoice(run.run);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <>
      <table
        ref={list}
        className="jp-MlpipeRuns-list"
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table whose rows one walks through
        role="grid"
        aria-label={trans.__('Runs')}
        aria-multiselectable="true"
        data-mlpipe-choosing={chosen.length > 0 || undefined}
        onKeyDown={onKeyDown}
      >
        <tbody>
          {runs.map(run => (
            <Row
              key={run.run}
              run={run}
              isChosen={chosen.includes(run.run)}
              isTabStop={run.run === tabStop}
              history={history}
              actions={actions}
              trans={trans}
              onFocus={setCurrent}
            />
          ))}
        </tbody>
      </table>
      {more && (
        <button
          type="button"
          className="jp-MlpipeRuns-older jp-MlpipeLink"
          disabled={history.isLoading}
          onClick={() => void history.loadOlder()}
        >
          {trans.__('Older runs')}
        </button>
      )}
    </>
  );
}

interface IRowProps extends IProps {
  readonly run: RunInfo;
  readonly isChosen: boolean;
  readonly isTabStop: boolean;
  readonly onFocus: (run: string) => void;
}

function Row({ run, isChosen, isTabStop, history, actions, trans, onFocus }: IRowProps): JSX.Element {
  const parameters = Object.entries(run.parameters).map(([name, value]) => `${name}=${formatValue(value, 16)}`);
  const tabIndex = isTabStop ? 0 : -1;
  // All runs of a notebook have one name: when they were tells them apart.
  const isOfNotebook = history.filter.ofNotebook && history.notebook !== null;
  return (
    <tr
      className="jp-MlpipeRuns-row"
      aria-label={trans.__('%1, %2', run.pipeline, markWord(run.status, trans))}
      data-mlpipe-run={run.run}
      data-mlpipe-state={run.status}
      data-jp-suppress-context-menu
      aria-selected={isChosen}
      tabIndex={tabIndex}
      onFocus={() => onFocus(run.run)}
      onClick={event => {
        if (!(event.target instanceof HTMLInputElement)) {
          actions.open(run);
        }
      }}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        actions.offer(run, event.clientX, event.clientY);
      }}
    >
      <td className="jp-MlpipeRuns-lead">
        <StateMark mark={run.status} trans={trans} />
        <input
          type="checkbox"
          checked={isChosen}
          tabIndex={tabIndex}
          aria-label={trans.__('Choose to compare')}
          title={trans.__('Choose to compare')}
          onChange={() => history.toggleChoice(run.run)}
        />
      </td>
      <td className="jp-MlpipeRuns-about">
        <div className="jp-MlpipeRuns-name">{isOfNotebook ? <When time={run.started} /> : run.pipeline}</div>
        <div className="jp-MlpipeRuns-facts" title={[...parameters, run.user].join('\n')}>
          {!isOfNotebook && (
            <>
              <When time={run.started} /> ·{' '}
            </>
          )}
          {[...parameters, run.user].join(' · ')}
        </div>
      </td>
      <td className="jp-MlpipeRuns-end">
        <span className="jp-MlpipeRuns-duration">
          {run.status === 'running' ? <Elapsed since={run.started} /> : formatDuration(run.seconds)}
        </span>
        <span className="jp-MlpipeRuns-buttons">
          {run.status === 'running' ? (
            <RowButton
              icon={stopIcon}
              label={trans.__('Cancel')}
              tabIndex={tabIndex}
              act={() => void history.cancel(run.run)}
            />
          ) : (
            <RowButton
              icon={notebookIcon}
              label={trans.__('Open executed notebook')}
              tabIndex={tabIndex}
              act={() => actions.openExecuted(run)}
            />
          )}
        </span>
      </td>
    </tr>
  );
}

function RowButton(props: { icon: typeof stopIcon; label: string; tabIndex: number; act: () => void }): JSX.Element {
  return (
    <button
      type="button"
      className="jp-Button jp-mod-minimal"
      title={props.label}
      aria-label={props.label}
      tabIndex={props.tabIndex}
      onClick={event => {
        event.stopPropagation();
        props.act();
      }}
    >
      <props.icon.react tag={null} />
    </button>
  );
}

/** What stands under the list while runs are being chosen. */
function Choice({ history, actions, trans }: IProps): JSX.Element {
  const [run, other] = history.chosen;
  return (
    <div className="jp-MlpipeRuns-choice" role="status">
      <span className="jp-MlpipeRuns-choiceText">
        {other ? trans.__('2 runs chosen') : trans.__('Choose another run to compare')}
      </span>
      <button
        type="button"
        className="jp-mod-styled jp-mod-accept"
        disabled={!other}
        onClick={() => run && other && actions.compare(run, other)}
      >
        {trans.__('Compare')}
      </button>
      <button
        type="button"
        className="jp-Button jp-mod-minimal"
        title={trans.__('Choose none')}
        aria-label={trans.__('Choose none')}
        onClick={() => history.clearChoice()}
      >
        <closeIcon.react tag={null} />
      </button>
    </div>
  );
}

function NoRuns({ history, actions, trans }: IProps): JSX.Element {
  if (history.isNarrowed) {
    return (
      <EmptyState
        icon={pipelineIcon}
        title={trans.__('No such runs')}
        actions={[{ label: trans.__('Show all'), run: () => history.widen() }]}
      >
        {trans.__('The filter leaves nothing.')}
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={pipelineIcon} title={trans.__('No runs yet')} actions={actions.start ? [actions.start] : []}>
      {trans.__('Every run is kept here, from the notebook, the command line or a schedule.')}
    </EmptyState>
  );
}
