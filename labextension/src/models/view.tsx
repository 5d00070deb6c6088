/** The list of models with their versions. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { ellipsesIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ModelInfo, ModelVersionInfo, UnregisteredModel } from '../api/types';
import { EmptyState, ErrorNote, LocaleContext, StateMark, When } from '../elements';
import { modelIcon } from '../icons';
import { deedProgress } from './deeds';
import type { Models } from './model';
import { Chips, GateMark } from './pieces';
import { metricsLine } from './words';

/** What can be done with what is listed. */
export interface IModelsActions {
  open(version: ModelVersionInfo): void;
  openRun(run: string): void;

  /** Offer what can be done with a version, at a place of the window. */
  offer(version: ModelVersionInfo, x: number, y: number, byKeyboard: boolean): void;
}

interface IProps {
  readonly models: Models;
  readonly actions: IModelsActions;
  readonly trans: TranslationBundle;
}

/** More models than this are shown folded. */
const MOST_OPEN = 5;

export function ModelsView(props: IProps): JSX.Element {
  const { models, trans } = props;
  const { error } = models;
  const list = React.useRef<HTMLDivElement>(null);
  const [current, setCurrent] = React.useState<string | null>(null);

  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>) => {
    const row = event.target as HTMLElement;
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('details[open] [data-mlpipe-model-version]') ?? [])];
    const index = rows.indexOf(row);
    const goal = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (index >= 0 && goal !== undefined) {
      rows[goal]?.focus();
      event.preventDefault();
      event.stopPropagation();
    }
  };

  return (
    <>
      {error && (
        <ErrorNote error={error.info} action={{ label: trans.__('Try again'), run: () => void models.refresh() }} />
      )}
      {models.isAsking && (
        <div className="jp-MlpipeModels-asking" role="status">
          {trans.__('Looking into the registry…')}
          <progress className="jp-MlpipeProgress" aria-label={trans.__('Looking into the registry…')} />
        </div>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it hears what its rows leave over */}
      <div ref={list} className="jp-MlpipeModels-scroll" onKeyDown={onKeyDown}>
        {models.models.map((model, place) => (
          <Model
            key={model.name}
            {...props}
            model={model}
            isOpen={models.models.length <= MOST_OPEN || model.warnings.length > 0}
            current={current}
            isFirst={place === 0}
            onFocus={setCurrent}
          />
        ))}
        {!models.models.length && models.isLoaded && !error && <NoModels trans={trans} />}
      </div>
    </>
  );
}

interface IModelProps extends IProps {
  readonly model: ModelInfo;
  readonly isOpen: boolean;

  /** The row that had the focus last. */
  readonly current: string | null;
  readonly isFirst: boolean;
  readonly onFocus: (row: string) => void;
}

function Model(props: IModelProps): JSX.Element {
  const { models, model, isOpen, current, isFirst, onFocus, actions, trans } = props;
  const deed = models.doing(model.name);
  const rows = model.versions.map(version => rowId(version));
  // One row of all can be tabbed to, and the arrows lead to the others.
  const isKnown = models.models.some(({ versions }) => versions.some(version => rowId(version) === current));
  const tabStop = isKnown ? current : isFirst ? rows[0] : undefined;
  return (
    <details className="jp-MlpipeModels-model" open={isOpen} data-mlpipe-model={model.name}>
      <summary>
        <modelIcon.react tag="span" className="jp-MlpipeModels-icon" />
        <span className="jp-MlpipeModels-name">{model.name}</span>
        <span className="jp-MlpipeModels-aliases">
          {Object.entries(model.aliases)
            .sort()
            .map(([alias, version]) => (
              <span key={alias} className="jp-MlpipeChip" data-mlpipe-lifecycle={alias}>
                {trans.__('%1: %2', alias, version)}
              </span>
            ))}
        </span>
      </summary>
      {model.warnings.map(warning => (
        <p key={warning} className="jp-MlpipeModels-warning" role="status">
          <StateMark mark="interrupted" trans={trans} />
          {warning}
        </p>
      ))}
      {deed && (
        <div className="jp-MlpipeModels-asking" role="status">
          {deedProgress(deed, trans)}
          <progress className="jp-MlpipeProgress" aria-label={deedProgress(deed, trans)} />
        </div>
      )}
      {model.waiting.map(item => (
        <Unregistered key={`${item.name} ${item.run} ${item.stage}`} item={item} isRefused={false} {...props} />
      ))}
      {model.versions.length > 0 && (
        <table
          className="jp-MlpipeModels-list"
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table whose rows one walks through
          role="grid"
          aria-label={trans.__('Versions of %1', model.name)}
        >
          <tbody>
            {model.versions.map(version => (
              <Row
                key={version.version}
                version={version}
                isTabStop={rowId(version) === tabStop}
                onFocus={onFocus}
                actions={actions}
                trans={trans}
              />
            ))}
          </tbody>
        </table>
      )}
      {model.older > 0 && (
        <button type="button" className="jp-MlpipeRuns-older jp-MlpipeLink" onClick={() => void models.showOlder()}>
          {trans._n('%1 older version', '%1 older versions', model.older)}
        </button>
      )}
      {model.refused.map(item => (
        <Unregistered key={`${item.name} ${item.run} ${item.time}`} item={item} isRefused {...props} />
      ))}
    </details>
  );
}

function rowId({ model, version }: ModelVersionInfo): string {
  return `${model}@${version}`;
}

interface IRowProps {
  readonly version: ModelVersionInfo;
  readonly isTabStop: boolean;
  readonly onFocus: (row: string) => void;
  readonly actions: IModelsActions;
  readonly trans: TranslationBundle;
}

function Row({ version, isTabStop, onFocus, actions, trans }: IRowProps): JSX.Element {
  const locale = React.useContext(LocaleContext);
  const tabIndex = isTabStop ? 0 : -1;
  const { run } = version;
  const metrics = metricsLine(version.metrics, locale);
  const offerBelow = (element: HTMLElement, byKeyboard: boolean) => {
    const { left, bottom } = element.getBoundingClientRect();
    actions.offer(version, left, bottom, byKeyboard);
  };
  const whence = version.stage ?? version.pipeline;
  return (
    <tr
      className="jp-MlpipeRuns-row"
      data-mlpipe-model-version={rowId(version)}
      data-jp-suppress-context-menu
      aria-label={trans.__('version %1, %2', version.version, version.lifecycle)}
      tabIndex={tabIndex}
      onFocus={() => onFocus(rowId(version))}
      onClick={() => actions.open(version)}
      onKeyDown={event => {
        if (event.target !== event.currentTarget) {
          return;
        }
        if (event.key === 'Enter') {
          actions.open(version);
        } else if (event.key === ' ' || event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
          offerBelow(event.currentTarget, true);
        } else {
          return;
        }
        event.preventDefault();
        event.stopPropagation();
      }}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        actions.offer(version, event.clientX, event.clientY, false);
      }}
    >
      <td className="jp-MlpipeModels-lead">
        <GateMark version={version} trans={trans} />
      </td>
      <td className="jp-MlpipeModels-about">
        <div className="jp-MlpipeModels-head">
          <span className="jp-MlpipeModels-version">{trans.__('version %1', version.version)}</span>
          <Chips version={version} trans={trans} />
          {!version.safe && (
            <span className="jp-MlpipeChip" title={trans.__('To load it is to run a pickle')}>
              {trans.__('pickle')}
            </span>
          )}
        </div>
        {metrics && (
          <div className="jp-MlpipeRuns-facts" title={metrics}>
            {metrics}
          </div>
        )}
        {version.passed === false && (
          <div className="jp-MlpipeModels-said" title={version.said}>
            {version.said}
          </div>
        )}
        <div className="jp-MlpipeRuns-facts">
          <When time={version.registered} /> · {version.user}
          {run && (
            <>
              {' · '}
              <button
                type="button"
                className="jp-MlpipeLink"
                tabIndex={tabIndex}
                title={trans.__('Open run %1', run)}
                onClick={event => {
                  event.stopPropagation();
                  actions.openRun(run);
                }}
              >
                {whence ?? trans.__('its run')}
              </button>
            </>
          )}
        </div>
      </td>
      <td className="jp-MlpipeModels-end">
        <button
          type="button"
          className="jp-Button jp-mod-minimal"
          aria-haspopup="menu"
          title={trans.__('What can be done with version %1', version.version)}
          aria-label={trans.__('What can be done with version %1', version.version)}
          tabIndex={tabIndex}
          onClick={event => {
            event.stopPropagation();
            offerBelow(event.currentTarget, event.detail === 0);
          }}
        >
          <ellipsesIcon.react tag={null} />
        </button>
      </td>
    </tr>
  );
}

/** A registration that waits for the registry, or that was refused. */
function Unregistered(props: IProps & { item: UnregisteredModel; isRefused: boolean }): JSX.Element {
  const { item, isRefused, actions, trans } = props;
  const { run, error } = item;
  const what = isRefused
    ? trans.__('“%1” was not registered', item.name)
    : item.failures > 0
      ? trans._n('waits for the registry; tried %1 time', 'waits for the registry; tried %1 times', item.failures)
      : trans.__('waits for the registry');
  return (
    <div className="jp-MlpipeModels-unregistered" data-mlpipe-unregistered={isRefused ? 'refused' : 'waiting'}>
      <StateMark mark={isRefused ? 'failed' : 'queued'} trans={trans} />
      <div>
        <div>
          {what}
          {run && (
            <>
              {' · '}
              <button type="button" className="jp-MlpipeLink" onClick={() => actions.openRun(run)}>
                {item.stage ?? trans.__('its run')}
              </button>
            </>
          )}
        </div>
        {error && <div className="jp-MlpipeModels-why">{[error.message, error.hint].filter(Boolean).join(' – ')}</div>}
      </div>
    </div>
  );
}

function NoModels({ trans }: { trans: TranslationBundle }): JSX.Element {
  return (
    <EmptyState icon={modelIcon} title={trans.__('No models yet')}>
      {trans.__('Register what a stage trained, and its versions, gates and history stand here:')}
      <br />
      <code>%%stage register --model flight-delay</code>
    </EmptyState>
  );
}
