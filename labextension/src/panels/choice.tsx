/** Chooses the panel that the sidebar shows. */

import { HTMLSelect, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { PanelsModel } from './model';

export function PanelChoice({ model, label }: { readonly model: PanelsModel; readonly label: string }): JSX.Element {
  return (
    <UseSignal signal={model.changed}>
      {() => (
        <HTMLSelect
          className="jp-MlpipePanel-choice"
          aria-label={label}
          value={model.chosen ?? ''}
          disabled={model.panels.length < 2}
          onChange={event => void model.choose(event.target.value)}
          options={model.panels.map(panel => ({ value: panel.id, label: panel.title }))}
        />
      )}
    </UseSignal>
  );
}
