/** The one error that calls to the server end with. Not for how errors are shown. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ErrorInfo } from './types';

/** The server did not answer at all. */
export const UNREACHABLE = 'unreachable';

/** Something answered, but not our server extension. */
export const FOREIGN_ANSWER = 'foreign-answer';

/** What went wrong, in the user's terms, and the way out. */
export class MlpipeError extends Error {
  constructor(info: ErrorInfo, status = 0) {
    super(info.message);
    this.name = 'MlpipeError';
    this.code = info.code;
    this.hint = info.hint;
    this.details = info.details;
    this.status = status;
  }

  /** A stable code such as `MP101`, or one of the codes of this module where our server extension did not speak. */
  readonly code: string;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;

  /** The reply's HTTP status; 0 where there was no reply. */
  readonly status: number;

  /** The error as the API would have sent it. */
  get info(): ErrorInfo {
    return { code: this.code, message: this.message, hint: this.hint, details: this.details };
  }

  /** Whatever was thrown, as our error. */
  static from(thrown: unknown): MlpipeError {
    if (thrown instanceof MlpipeError) {
      return thrown;
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new MlpipeError({ code: '', message, hint: '', details: {} });
  }

  static unreachable(trans: TranslationBundle): MlpipeError {
    const message = trans.__('The Jupyter server does not answer.');
    const hint = trans.__('Look whether it still runs, and whether you are still connected to it.');
    return new MlpipeError({ code: UNREACHABLE, message, hint, details: {} });
  }

  /** The error that a reply is whose status is not 2xx, ours or not. */
  static ofReply(status: number, body: unknown, trans: TranslationBundle): MlpipeError {
    const error = (body as { error?: Partial<ErrorInfo> } | null)?.error;
    if (typeof error?.code === 'string' && typeof error.message === 'string') {
      return new MlpipeError({ hint: '', details: {}, ...error } as ErrorInfo, status);
    }
    return MlpipeError.foreign(status, body, trans);
  }

  /** The error that an answer is which our server extension did not give: a proxy's, Jupyter's own, or no JSON. */
  static foreign(status: number, body: unknown, trans: TranslationBundle): MlpipeError {
    const said = (body as { message?: unknown } | null)?.message;
    const details = typeof said === 'string' ? { answer: said } : {};
    const error = (message: string, hint: string) =>
      new MlpipeError({ code: FOREIGN_ANSWER, message, hint, details }, status);
    if (status === 401 || status === 403) {
      return error(
        trans.__('This Jupyter server does not let you do that.'),
        trans.__('Sign in again, or ask whoever runs it for access to “mlpipe”.')
      );
    }
    if (status === 404) {
      return error(
        trans.__('This Jupyter server does not know jupyter_mlpipe.'),
        trans.__(
          'Install jupyter_mlpipe where the server runs, see that `jupyter server extension list` shows it, and restart the server.'
        )
      );
    }
    return error(
      typeof said === 'string' && said
        ? said
        : trans.__('The Jupyter server gave no usable answer (status %1).', status),
      trans.__('The server’s log says more.')
    );
  }
}
