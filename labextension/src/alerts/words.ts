/** What is said of alerts. Knows no DOM. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { AlertEventInfo, AlertInfo } from '../api/types';

export function severityWord(severity: AlertInfo['severity'], trans: TranslationBundle): string {
  switch (severity) {
    case 'info':
      return trans.__('info');
    case 'warning':
      return trans.__('warning');
    case 'critical':
      return trans.__('critical');
  }
}

/** How an alert stands, in a line; empty where nobody has done anything about it. */
export function standing(alert: AlertInfo, trans: TranslationBundle): string {
  const silenced = alert.silenced ? trans.__('silenced') : '';
  const said = alert.note ? trans.__(': %1', alert.note) : '';
  const state =
    alert.status === 'acknowledged'
      ? trans.__('acknowledged by %1', alert.acknowledged_by ?? trans.__('somebody')) + said
      : alert.status === 'resolved'
        ? trans.__('resolved') + said
        : '';
  return [state, silenced].filter(Boolean).join(' · ');
}

/** What happened to an alert, in a line. */
export function eventLine(event: AlertEventInfo, trans: TranslationBundle): string {
  const who = event.recipient ?? '';
  const by = event.user ?? trans.__('somebody');
  switch (event.event) {
    case 'seen':
      return event.text ? trans.__('Seen: %1', event.text) : trans.__('Seen');
    case 'routed':
      return trans.__('Routed to %1', who || event.text);
    case 'escalated':
      return trans.__('Escalated to %1', who || event.text);
    case 'notified':
      return trans.__('%1 was told by %2', who, event.channel ?? '');
    case 'failed':
      return trans.__('%1 could not be told: %2', who || trans.__('Nobody'), event.text);
    case 'acknowledged':
      return trans.__('Acknowledged by %1', by) + (event.text ? `: ${event.text}` : '');
    case 'resolved':
      return event.text ? trans.__('Resolved: %1', event.text) : trans.__('Resolved');
    case 'reopened':
      return trans.__('Opened again');
    case 'silenced':
      return trans.__('Not told: silenced');
    default:
      return [event.event, event.text].filter(Boolean).join(': ');
  }
}

/** The facts that a rule found, each as one line of text. */
export function factRows(facts: unknown): readonly (readonly [string, string])[] {
  if (typeof facts !== 'object' || facts === null || Array.isArray(facts)) {
    return [];
  }
  return Object.entries(facts)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => [name.replaceAll('_', ' '), typeof value === 'string' ? value : JSON.stringify(value)]);
}
