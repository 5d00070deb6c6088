import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Alerts } from '../../src/alerts/model';
import { eventLine, factRows, standing } from '../../src/alerts/words';
import type { AlertDetail, AlertInfo } from '../../src/api/types';

const trans = { __: (text: string, ...given: unknown[]) => text.replace(/%(\d)/g, (_, at) => String(given[at - 1])) };
const words = trans as unknown as Parameters<typeof standing>[1];
const NEWS = { workspace: 'work', notebook: null, run: 'r', status: 'failed', last: 1 } as const;

function alert(more: Partial<AlertInfo> = {}): AlertInfo {
  return {
    id: 'a1',
    rule: 'stage-failed',
    severity: 'critical',
    kind: 'stage',
    subject: 'flights/train',
    title: 'train failed',
    text: '',
    status: 'open',
    silenced: false,
    count: 1,
    opened: 1,
    last_seen: 1,
    run: 'r',
    owner: null,
    team: null,
    acknowledged: null,
    acknowledged_by: null,
    note: '',
    resolved: null,
    ...more
  };
}

function opened() {
  const info = alert();
  const detail: AlertDetail = { info, facts: { code: 'MP2' }, escalate: [], events: [] };
  const client = {
    listAlerts: vi.fn(async (_: { path: string; resolved?: boolean }) => ({
      workspace: 'work',
      alerts: [info],
      unacknowledged: 1,
      more: 0
    })),
    showAlert: vi.fn(async () => detail),
    acknowledgeAlert: vi.fn(async () => alert({ status: 'acknowledged' })),
    silenceAlert: vi.fn(async () => alert({ silenced: true }))
  };
  const alerts = new Alerts(client);
  alerts.lookAt('flights.ipynb');
  return { client, alerts };
}

describe('the alerts of a workspace', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are counted before anybody looks at the list', async () => {
    const { alerts } = opened();
    await alerts.refresh();
    expect(alerts.unacknowledged).toBe(1);
    expect(alerts.alert('a1')?.title).toBe('train failed');
  });

  it('are looked for some times after a run has ended, for they follow it', async () => {
    const { client, alerts } = opened();
    await alerts.refresh();
    const before = client.listAlerts.mock.calls.length;
    alerts.hear({ ...NEWS, status: 'running' });
    alerts.hear({ ...NEWS, workspace: 'elsewhere' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.listAlerts).toHaveBeenCalledTimes(before);
    alerts.hear(NEWS);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.listAlerts.mock.calls.length - before).toBe(3);
    alerts.hear(NEWS);
    alerts.dispose();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.listAlerts.mock.calls.length - before).toBe(3);
  });

  it('are acknowledged with a note, and asked for again', async () => {
    const { client, alerts } = opened();
    await alerts.refresh();
    await alerts.choose('a1');
    expect(alerts.detail?.facts).toEqual({ code: 'MP2' });
    const before = client.listAlerts.mock.calls.length;
    await alerts.acknowledge('a1', 'mine');
    expect(client.acknowledgeAlert).toHaveBeenCalledWith('a1', { path: 'flights.ipynb', note: 'mine' });
    expect(client.listAlerts).toHaveBeenCalledTimes(before + 1);
    await alerts.silence('a1', 3600, '');
    expect(client.silenceAlert).toHaveBeenCalledWith('a1', { path: 'flights.ipynb', seconds: 3600, reason: '' });
  });

  it('stay while the server cannot be reached, with the error', async () => {
    const { client, alerts } = opened();
    await alerts.refresh();
    client.listAlerts.mockRejectedValueOnce(new Error('gone'));
    await alerts.refresh();
    expect(alerts.alerts).toHaveLength(1);
    expect(alerts.error).not.toBeNull();
    await alerts.refresh();
    expect(alerts.error).toBeNull();
  });

  it('are those of the workspace that is looked at now', async () => {
    const { client, alerts } = opened();
    await alerts.refresh();
    await alerts.choose('a1');
    alerts.lookAt('other.ipynb');
    expect(alerts.alerts).toHaveLength(0);
    expect(alerts.open).toBeNull();
    await alerts.refresh();
    expect(client.listAlerts).toHaveBeenLastCalledWith({ path: 'other.ipynb', resolved: false });
  });
});

describe('the words for an alert', () => {
  it('say who takes care of it', () => {
    expect(standing(alert(), words)).toBe('');
    const taken = alert({ status: 'acknowledged', acknowledged_by: 'ann', note: 'mine', silenced: true });
    expect(standing(taken, words)).toBe('acknowledged by ann: mine · silenced');
  });

  it('say what happened, also where it is nothing that is known here', () => {
    const event = { event: 'notified', time: 1, text: '', level: 0, recipient: 'ann', channel: 'mail', user: null };
    expect(eventLine(event, words)).toBe('ann was told by mail');
    expect(eventLine({ ...event, event: 'painted', text: 'red' }, words)).toBe('painted: red');
  });

  it('show facts of any shape', () => {
    expect(factRows({ worst_column: 'distance', values: [1], nothing: null })).toEqual([
      ['worst column', 'distance'],
      ['values', '[1]']
    ]);
    expect(factRows('text')).toEqual([]);
  });
});
