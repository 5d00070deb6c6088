/** How errors reach the user: one line that goes by itself to nobody's way, and all of it on request. */

import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { MlpipeError } from './api/errors';
import type { ErrorInfo } from './api/types';

/** Say that something went wrong; the actions come before the one that shows all of it. */
export function reportError(
  thrown: unknown,
  trans: TranslationBundle,
  actions: readonly Notification.IAction[] = []
): void {
  const error = MlpipeError.from(thrown);
  const [first = ''] = error.message.split('\n', 1);
  Notification.error(error.code.startsWith('MP') ? `${error.code}: ${first}` : first, {
    autoClose: false,
    actions: [...actions, { label: trans.__('Details'), callback: () => void showError(error, trans) }]
  });
}

/** Show all of an error: what happened, and the way out. */
export async function showError(
  error: Pick<ErrorInfo, 'code' | 'message' | 'hint'>,
  trans: TranslationBundle
): Promise<void> {
  await showDialog({
    title: error.code.startsWith('M') ? error.code : trans.__('Something went wrong'),
    body: facts([error.message, error.hint]),
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
}

/** Paragraphs for a dialog; those that say nothing are left out. */
export function facts(paragraphs: readonly string[]): Widget {
  const body = new Widget();
  body.addClass('jp-MlpipeFacts');
  for (const text of paragraphs.filter(Boolean)) {
    const node = document.createElement('p');
    node.textContent = text;
    body.node.append(node);
  }
  return body;
}
