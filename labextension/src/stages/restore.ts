/** Brings a stored result of a stage into the kernel of its notebook. */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { KernelMessage } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { MlpipeError } from '../api/errors';

/**
 * Restore a stage's values under a key; gives back what the kernel said about it.
 *
 * The notebook's cells stay as they are. Throws an `MlpipeError` where the kernel refused.
 */
export async function restoreStage(
  context: ISessionContext,
  stage: string,
  key: string,
  trans: TranslationBundle
): Promise<string> {
  await context.ready;
  const kernel = context.session?.kernel;
  if (!kernel) {
    throw new MlpipeError({
      code: '',
      message: trans.__('The notebook has no kernel to restore into.'),
      hint: trans.__('Start one and try again.'),
      details: {}
    });
  }
  const said: string[] = [];
  const future = kernel.requestExecute({
    code: `%restore ${stage} --key ${key}`,
    store_history: false,
    stop_on_error: false
  });
  future.onIOPub = message => {
    said.push(textOf(message));
  };
  const { content } = await future.done;
  future.dispose();
  if (content.status !== 'ok') {
    const { ename, evalue } = content as KernelMessage.IReplyErrorContent;
    const message = evalue || ename || trans.__('The kernel did not restore it.');
    throw new MlpipeError({ code: '', message, hint: said.join('').trim(), details: {} });
  }
  return said.join('').trim();
}

/** What a message of the kernel says to people. */
function textOf(message: KernelMessage.IIOPubMessage): string {
  const { content } = message;
  switch (message.header.msg_type) {
    case 'stream':
      return (content as KernelMessage.IStreamMsg['content']).text;
    case 'display_data':
      return `${(content as KernelMessage.IDisplayDataMsg['content']).data['text/plain'] ?? ''}\n`;
    default:
      return '';
  }
}
