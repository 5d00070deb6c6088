/** The list of alerts; the facts and the history of the one that is open stand below its line. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { bellIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { AlertDetail, AlertInfo } from '../api/types';
import { EmptyState, ErrorNote, When } from '../elements';
import type { Alerts } from './model';
import { eventLine, factRows, severityWord, standing } from './words';

export interface IAlertsActions {
  acknowledge(alert: AlertInfo): void;
  silence(alert: AlertInfo): void;
  openRun(run: string): void;
}

interface IProps {
  readonly alerts: Alerts;
  readonly actions: IAlertsActions;
  readonly trans: TranslationBundle;
}

export function AlertsView(props: IProps): JSX.Element {
  const { alerts, trans } = props;
  const { error } = alerts;
  return (
    <>
      {error && (
        <ErrorNote error={error.info} action={{ label: trans.__('Try again'), run: () => void alerts.refresh() }} />
      )}
      <div className="jp-MlpipeAlerts-scroll">
        {alerts.alerts.length > 0 ? (
          <ul className="jp-MlpipeAlerts-list" aria-label={trans.__('Alerts')}>
            {alerts.alerts.map(alert => (
              <Line key={alert.id} alert={alert} {...props} />
            ))}
          </ul>
        ) : (
          alerts.isLoaded &&
          !error && (
            <EmptyState icon={bellIcon} title={trans.__('No open alerts')}>
              {trans.__(
                'Failed runs, refused gates, drift and what is overdue show here, and are told to their owners.'
              )}
            </EmptyState>
          )
        )}
        {alerts.more > 0 && <p className="jp-MlpipeAlerts-more">{trans.__('and %1 more', alerts.more)}</p>}
      </div>
    </>
  );
}

function Line(props: IProps & { readonly alert: AlertInfo }): JSX.Element {
  const { alert, alerts, actions, trans } = props;
  const isOpen = alerts.open === alert.id;
  const state = standing(alert, trans);
  return (
    <li className="jp-MlpipeAlerts-alert" data-mlpipe-alert={alert.id} data-mlpipe-status={alert.status}>
      <button
        type="button"
        className="jp-MlpipeAlerts-line"
        aria-expanded={isOpen}
        onClick={() => void alerts.choose(isOpen ? null : alert.id)}
      >
        <span className="jp-MlpipeAlerts-severity" data-mlpipe-severity={alert.severity}>
          {severityWord(alert.severity, trans)}
        </span>
        <span className="jp-MlpipeAlerts-title">{alert.title}</span>
        <span className="jp-MlpipeAlerts-about">
          {[alert.subject, alert.owner ?? alert.team].filter(Boolean).join(' · ')} · <When time={alert.opened} />
          {alert.count > 1 && <> · {trans.__('%1 times', alert.count)}</>}
        </span>
        {state && <span className="jp-MlpipeAlerts-about">{state}</span>}
      </button>
      {isOpen && (
        <div className="jp-MlpipeAlerts-detail">
          {alert.text && alert.text !== alert.title && <p className="jp-MlpipeAlerts-text">{alert.text}</p>}
          <div className="jp-MlpipeAlerts-buttons">
            {alert.status === 'open' && (
              <button type="button" className="jp-MlpipeButton" onClick={() => actions.acknowledge(alert)}>
                {trans.__('Acknowledge')}
              </button>
            )}
            {alert.status !== 'resolved' && !alert.silenced && (
              <button type="button" className="jp-MlpipeLink" onClick={() => actions.silence(alert)}>
                {trans.__('Silence…')}
              </button>
            )}
            {alert.run && (
              <button type="button" className="jp-MlpipeLink" onClick={() => actions.openRun(alert.run ?? '')}>
                {trans.__('Open run')}
              </button>
            )}
          </div>
          {alerts.detail?.info.id === alert.id && <Detail detail={alerts.detail} trans={trans} />}
        </div>
      )}
    </li>
  );
}

function Detail({ detail, trans }: { detail: AlertDetail; trans: TranslationBundle }): JSX.Element {
  const facts = factRows(detail.facts);
  return (
    <>
      {facts.length > 0 && (
        <dl className="jp-MlpipeAlerts-facts">
          {facts.map(([name, value]) => (
            <React.Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </React.Fragment>
          ))}
        </dl>
      )}
      <ol className="jp-MlpipeAlerts-history" aria-label={trans.__('What happened')}>
        {detail.events.map((event, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: events have no id, and are only added
          <li key={index}>
            {eventLine(event, trans)} <When time={event.time} />
          </li>
        ))}
      </ol>
    </>
  );
}
