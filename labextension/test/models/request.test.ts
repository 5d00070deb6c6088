import { expect, it, vi } from 'vitest';

import type { DeedKind } from '../../src/models/deeds';
import { DeedRequest } from '../../src/models/request';
import { outcome } from './samples';

function request(kind: DeedKind) {
  const client = { checkPromotion: vi.fn(async () => outcome({ decision: 'allowed' })) };
  const deed = { kind, model: 'flight-delay', version: 2, target: 'production' };
  return { client, request: new DeedRequest(client, 'p', deed, 1) };
}

it('asks the gates before a promotion, and waits for what they say', async () => {
  const asked = request('promote');
  const looking = asked.request.look();
  expect(asked.request.isChecking).toBe(true);
  expect(asked.request.isPossible).toBe(false);
  await looking;
  expect(asked.client.checkPromotion).toHaveBeenCalledWith('flight-delay', 2, { path: 'p', target: 'production' });
  expect(asked.request.isPossible).toBe(true);
});

it('does not go on where it would be refused', async () => {
  const asked = request('promote');
  asked.client.checkPromotion.mockResolvedValueOnce(outcome({ decision: 'refused', reasons: ['auc is 0.5'] }));
  await asked.request.look();
  expect(asked.request.isPossible).toBe(false);
  expect(asked.request.check?.reasons).toEqual(['auc is 0.5']);
});

it('leaves it to the server where the gates cannot be asked', async () => {
  const asked = request('promote');
  asked.client.checkPromotion.mockRejectedValueOnce(new Error('gone'));
  await asked.request.look();
  expect(asked.request.error?.message).toBe('gone');
  expect(asked.request.isPossible).toBe(true);
});

it('shows an approver what the gates say, whatever they say', async () => {
  const asked = request('approve');
  asked.client.checkPromotion.mockResolvedValueOnce(outcome({ decision: 'refused' }));
  await asked.request.look();
  expect(asked.request.isPossible).toBe(true);
});

it.each(['rollback', 'deprecate'] as const)('%s asks no gate', async kind => {
  const asked = request(kind);
  await asked.request.look();
  expect(asked.client.checkPromotion).not.toHaveBeenCalled();
  expect(asked.request.isPossible).toBe(true);
});
