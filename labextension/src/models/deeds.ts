/** What can be asked for a model's version: how it is called, what will happen, and how it is asked of the server. Knows no DOM. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { AllowedAction, ModelOutcome } from '../api/types';
import { CommandIds, type IModelArguments } from '../commands';
import type { IMlpipeClient } from '../tokens';

export type DeedKind = 'promote' | 'approve' | 'reject' | 'rollback' | 'deprecate';

/** Something to be done with a version. */
export interface IDeed {
  readonly kind: DeedKind;
  readonly model: string;
  readonly version: number;

  /** The lifecycle state that it is about. */
  readonly target: string;
}

/** The command for each action that the server allows or not. */
export const DEED_COMMANDS: Readonly<Record<string, string>> = {
  promote: CommandIds.promoteModel,
  approve: CommandIds.approveModel,
  rollback: CommandIds.rollBackModel,
  deprecate: CommandIds.deprecateModel
};

/** What the command for an action takes. */
export function deedArguments(path: string, deed: Pick<IDeed, 'model' | 'version' | 'target'>): IModelArguments {
  const { model, version, target } = deed;
  return { path, model, version, target };
}

/** What a button or a menu says; an action that is not allowed says why, since a menu has no other place for it. */
export function deedLabel(action: Pick<AllowedAction, 'action' | 'target'>, trans: TranslationBundle): string {
  switch (action.action) {
    case 'promote':
      return trans.__('Promote to %1…', action.target);
    case 'approve':
      return trans.__('Approve for %1…', action.target);
    case 'rollback':
      return trans.__('Roll Back %1…', action.target);
    case 'deprecate':
      return trans.__('Deprecate…');
    default:
      return action.action;
  }
}

/** The title of the dialog that asks first. */
export function deedTitle({ kind, model, version, target }: IDeed, trans: TranslationBundle): string {
  switch (kind) {
    case 'promote':
      return trans.__('Promote version %1 of %2 to %3', version, model, target);
    case 'approve':
    case 'reject':
      return trans.__('Approve version %1 of %2 for %3', version, model, target);
    case 'rollback':
      return trans.__('Roll back %1 of %2', target, model);
    case 'deprecate':
      return trans.__('Deprecate version %1 of %2', version, model);
  }
}

/** What will happen, in a sentence or two; `current` is the version that the target's alias names now. */
export function deedConsequence(
  { kind, model, version, target }: IDeed,
  current: number | null,
  trans: TranslationBundle
): string {
  switch (kind) {
    case 'promote':
      return current === null
        ? trans.__('%1 of %2 will be version %3; there is none so far.', target, model, version)
        : trans.__('%1 of %2 will be version %3 in the place of version %4.', target, model, version, current);
    case 'approve':
    case 'reject':
      return trans.__(
        'Approved, version %1 may be promoted to %2 once its gates hold. It is not promoted by this.',
        version,
        target
      );
    case 'rollback':
      return trans.__(
        '%1 of %2 will be what it was before version %3. Version %3 stays on record and can be promoted again.',
        target,
        model,
        version
      );
    case 'deprecate':
      return trans.__('Version %1 stays on record, and can not be promoted any more.', version);
  }
}

/** The word on the button that does it. */
export function deedButton(kind: DeedKind, trans: TranslationBundle): string {
  switch (kind) {
    case 'promote':
      return trans.__('Promote');
    case 'approve':
      return trans.__('Approve');
    case 'reject':
      return trans.__('Reject');
    case 'rollback':
      return trans.__('Roll Back');
    case 'deprecate':
      return trans.__('Deprecate');
  }
}

/** What is said while it goes on. */
export function deedProgress({ kind, model, version, target }: IDeed, trans: TranslationBundle): string {
  switch (kind) {
    case 'promote':
      return trans.__('Version %1 of %2 is being promoted to %3…', version, model, target);
    case 'approve':
    case 'reject':
      return trans.__('Your decision on version %1 of %2 is being recorded…', version, model);
    case 'rollback':
      return trans.__('%1 of %2 is being rolled back…', target, model);
    case 'deprecate':
      return trans.__('Version %1 of %2 is being deprecated…', version, model);
  }
}

export type DeedClient = Pick<IMlpipeClient, 'promoteModel' | 'approveModel' | 'deprecateModel' | 'rollBackModel'>;

/** Ask the server to do it; `said` is the reason or comment of whoever asks. */
export function perform(client: DeedClient, path: string, deed: IDeed, said: string): Promise<ModelOutcome> {
  const { kind, model, version, target } = deed;
  switch (kind) {
    case 'promote':
      return client.promoteModel(model, version, { path, target, reason: said });
    case 'approve':
    case 'reject':
      return client.approveModel(model, version, { path, target, approved: kind === 'approve', comment: said });
    case 'rollback':
      return client.rollBackModel(model, { path, target, reason: said });
    case 'deprecate':
      return client.deprecateModel(model, version, { path, reason: said });
  }
}
