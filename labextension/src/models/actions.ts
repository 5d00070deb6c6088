/** The commands that do something with a version: ask first, do it, say what came of it. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { MlpipeError } from '../api/errors';
import type { AllowedAction, ModelOutcome } from '../api/types';
import type { IModelArguments } from '../commands';
import { reportError } from '../messages';
import type { IMlpipeClient } from '../tokens';
import { DEED_COMMANDS, type DeedKind, deedLabel, deedProgress, type IDeed } from './deeds';
import type { Models } from './model';
import { DeedRequest } from './request';
import type { ILanguage } from './request_dialog';

export interface IModelActionParts {
  readonly commands: JupyterFrontEnd['commands'];
  readonly client: IMlpipeClient;
  readonly models: Models;
  readonly language: ILanguage;

  /** What may be done with a version; null where it is not known, and the server will say. */
  readonly allowed: (args: IModelArguments) => readonly AllowedAction[] | null;
}

export function addModelActions(parts: IModelActionParts): void {
  const { commands, models, language } = parts;
  const { trans } = language;
  for (const [action, command] of Object.entries(DEED_COMMANDS)) {
    const found = (args: ReadonlyPartialJSONObject): AllowedAction | null => {
      const given = args as unknown as IModelArguments;
      const actions = parts.allowed(given);
      return actions?.find(other => other.action === action && isAbout(other, given)) ?? null;
    };
    const isFree = ({ model }: ReadonlyPartialJSONObject): boolean =>
      typeof model === 'string' && models.doing(model) === null;
    commands.addCommand(command, {
      label: args => {
        const { target = '' } = args as unknown as IModelArguments;
        const label = deedLabel({ action, target }, trans);
        const why = found(args)?.why;
        // A menu has no other place for it.
        return why ? trans.__('%1 – %2', label, why) : label;
      },
      isEnabled: args => isFree(args) && found(args)?.allowed !== false,
      execute: async args => {
        const { path, model, version, target = '' } = args as unknown as IModelArguments;
        await doDeed({ kind: action as DeedKind, model, version, target }, path, parts);
      }
    });
  }
  models.changed.connect(() => {
    for (const command of Object.values(DEED_COMMANDS)) {
      commands.notifyCommandChanged(command);
    }
  });
}

/** To deprecate is about no other state; everything else says which it is about. */
function isAbout(action: AllowedAction, { target }: IModelArguments): boolean {
  return action.action === 'deprecate' || action.target === target;
}

async function doDeed(asked: IDeed, path: string, parts: IModelActionParts): Promise<void> {
  const { client, models, language } = parts;
  const { trans } = language;
  const { askFirst, showRefusal } = await import('./request_dialog');
  const request = new DeedRequest(client, path, asked, models.current(asked.model, asked.target));
  const kind = await askFirst(request, language);
  if (kind === null) {
    return;
  }
  const deed = { ...asked, kind };
  const note = Notification.emit(deedProgress(deed, trans), 'in-progress', { autoClose: false });
  let outcome: ModelOutcome;
  try {
    outcome = await models.act(path, deed, request.said.trim());
  } catch (error) {
    Notification.dismiss(note);
    reportError(MlpipeError.from(error), trans);
    return;
  }
  if (outcome.decision === 'refused') {
    Notification.dismiss(note);
    await showRefusal(outcome, trans.__('Refused: version %1 of %2', deed.version, deed.model), language);
    return;
  }
  const type = outcome.decision === 'waiting' ? 'info' : 'success';
  const reasons = outcome.decision === 'waiting' ? outcome.reasons.filter(reason => reason !== outcome.text) : [];
  const message = [outcome.text, ...reasons].filter(Boolean).join(' ');
  Notification.update({ id: note, type, message: message || trans.__('Done.'), autoClose: 8000 });
}
