/** Small pieces that the list of models and a version's page share: chips, buttons for what may be done. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { AllowedAction, Lifecycle, ModelVersionInfo } from '../api/types';
import { StateMark } from '../elements';
import { deedLabel } from './deeds';
import { chipsOf, lifecycleWord } from './words';

/** The lifecycle state of a version, and the aliases that it has besides. */
export function Chips(props: {
  version: Pick<ModelVersionInfo, 'lifecycle' | 'aliases'>;
  trans: TranslationBundle;
}): JSX.Element {
  const { version, trans } = props;
  return (
    <>
      {chipsOf(version).map(chip => (
        <span key={chip} className="jp-MlpipeChip" data-mlpipe-lifecycle={chip}>
          {lifecycleWord(chip as Lifecycle, trans)}
        </span>
      ))}
    </>
  );
}

/** Whether the gates of a version held when they were asked last. */
export function GateMark(props: {
  version: Pick<ModelVersionInfo, 'passed' | 'said'>;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { version, trans } = props;
  if (version.passed === null) {
    return null;
  }
  return (
    <span title={version.passed ? trans.__('its gates held') : version.said}>
      <StateMark mark={version.passed ? 'done' : 'refused'} trans={trans} />
    </span>
  );
}

/** A button for each action; one that is not allowed can be reached, and says why. */
export function ActionButtons(props: {
  actions: readonly AllowedAction[];
  isBusy: boolean;
  act: (action: AllowedAction) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { actions, isBusy, act, trans } = props;
  return (
    <>
      {actions.map(action => {
        const isFree = action.allowed && !isBusy;
        const why = isBusy && action.allowed ? trans.__('something is being done with this model') : action.why;
        return (
          <button
            key={`${action.action} ${action.target}`}
            type="button"
            className="jp-MlpipeButton"
            data-mlpipe-action={`${action.action} ${action.target}`}
            aria-disabled={!isFree}
            title={isFree ? undefined : why}
            onClick={() => isFree && act(action)}
          >
            {deedLabel(action, trans)}
          </button>
        );
      })}
    </>
  );
}
