import { ServerConnection } from '@jupyterlab/services';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { MlpipeClient } from '../../src/api/client';
import { FOREIGN_ANSWER, MlpipeError, UNREACHABLE } from '../../src/api/errors';

const fetched = vi.fn<(request: Request) => Promise<Response>>();
const settings = ServerConnection.makeSettings({
  baseUrl: 'http://here/lab/',
  fetch: (request: RequestInfo | URL) => fetched(request as Request)
});
const client = new MlpipeClient(settings);

const answer = (body: unknown, status = 200): void => {
  fetched.mockImplementation(() =>
    Promise.resolve(new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }))
  );
};

/** What was asked last: the path without what keeps browsers from caching it, and the body. */
async function asked(): Promise<[string, string, unknown]> {
  const request = fetched.mock.calls.at(-1)?.[0] as Request;
  const url = new URL(request.url);
  for (const name of [...url.searchParams.keys()]) {
    if (/^\d+$/.test(name)) {
      url.searchParams.delete(name);
    }
  }
  const text = await request.clone().text();
  return [request.method, url.pathname + url.search, text ? JSON.parse(text) : null];
}

const failure = (deed: Promise<unknown>): Promise<MlpipeError> =>
  deed.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: MlpipeError) => error
  );

beforeEach(() => {
  fetched.mockReset();
});

describe('a question', () => {
  it('goes below the server’s base, with its query', async () => {
    answer({ run: 'r', events: [] });
    await client.followRun('r 1/2', { path: 'a folder/ü.ipynb', after: 0 });
    expect(await asked()).toEqual([
      'GET',
      '/lab/mlpipe/api/v1/runs/r%201%2F2/events?path=a+folder%2F%C3%BC.ipynb&after=0',
      null
    ]);
  });

  it('leaves out what is not given', async () => {
    answer({ runs: [] });
    await client.listRuns({ path: 'n.ipynb', notebook: null, status: 'failed' });
    expect((await asked())[1]).toBe('/lab/mlpipe/api/v1/runs?path=n.ipynb&status=failed');
  });

  it('sends its body as JSON, and gives the answer', async () => {
    answer({ run: 'r1' });
    expect(await client.startRun({ path: 'n.ipynb', parameters: { alpha: 0.2 } })).toEqual({ run: 'r1' });
    expect(await asked()).toEqual(['POST', '/lab/mlpipe/api/v1/runs', { path: 'n.ipynb', parameters: { alpha: 0.2 } }]);
  });
});

describe('a failure', () => {
  it('is the error that the server sent', async () => {
    const info = { code: 'MP101', message: 'unknown option', hint: 'did you mean --memory?', details: { cell: 4 } };
    answer({ error: info }, 422);
    const error = await failure(client.serverInfo());
    expect(error).toBeInstanceOf(MlpipeError);
    expect(error.info).toEqual(info);
    expect(error.status).toBe(422);
  });

  it.each([
    [404, '<html>not found</html>', /does not know jupyter_mlpipe/],
    [403, { message: 'Forbidden' }, /does not let you/],
    [502, 'Bad Gateway', /no usable answer \(status 502\)/],
    [500, { message: 'Unhandled error' }, /^Unhandled error$/],
    [200, '<html>log in</html>', /no usable answer \(status 200\)/]
  ])('with status %d and no shape of ours is told apart', async (status, body, message) => {
    answer(body, status);
    const error = await failure(client.serverInfo());
    expect(error).toMatchObject({ code: FOREIGN_ANSWER, status });
    expect(error.message).toMatch(message);
    expect(error.hint).not.toBe('');
  });

  it('to answer at all is said as that', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'));
    expect(await failure(client.serverInfo())).toMatchObject({ code: UNREACHABLE, status: 0 });
  });

  it('of any kind becomes one of ours', () => {
    expect(MlpipeError.from(new Error('odd')).info).toEqual({ code: '', message: 'odd', hint: '', details: {} });
    expect(MlpipeError.from('text').message).toBe('text');
  });
});
