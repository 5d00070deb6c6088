import { expect, it, vi } from 'vitest';

import { VersionModel } from '../../src/models/version_model';
import { detail, version } from './samples';

function opened() {
  const client = { showModelVersion: vi.fn(async (_: string, number: number) => detail(version(number))) };
  return { client, model: new VersionModel(client, 'p', 'flight-delay', 2) };
}

it('compares with another version, and with none again', async () => {
  const { client, model } = opened();
  await model.refresh();
  expect(model.detail?.info.version).toBe(2);
  await model.compareWith(1);
  expect(model.otherDetail?.info.version).toBe(1);
  await model.compareWith(null);
  expect(model.otherDetail).toBeNull();
  expect(client.showModelVersion).toHaveBeenCalledTimes(4);
});

it('is not compared with itself', async () => {
  const { model } = opened();
  await model.compareWith(2);
  expect(model.other).toBeNull();
});

it('keeps what it knows when the server does not answer', async () => {
  const { client, model } = opened();
  await model.refresh();
  client.showModelVersion.mockRejectedValueOnce(new Error('gone'));
  await model.refresh();
  expect(model.error?.message).toBe('gone');
  expect(model.detail?.info.version).toBe(2);
});
