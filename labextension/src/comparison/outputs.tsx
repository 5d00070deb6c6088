/** What a stage put out in two runs. Rendered as untrusted: to look at a run is not to let its code act here. */

import { type IOutputAreaModel, OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import type { StageDiff } from '../api/types';
import { type Output, sameOutputs } from './model';

export interface IOutputsProps {
  readonly stage: StageDiff;
  readonly rendermime: IRenderMimeRegistry;
  readonly trans: TranslationBundle;
}

/** Both runs' outputs side by side; once where they are the same. */
export function OutputsComparison({ stage, rendermime, trans }: IOutputsProps): JSX.Element {
  const { outputs_before: before, outputs_after: after } = stage;
  if (!before.length && !after.length) {
    return <p className="jp-MlpipeComparison-note">{trans.__('No output.')}</p>;
  }
  if (sameOutputs(before, after)) {
    return (
      <>
        <p className="jp-MlpipeComparison-note">{trans.__('The same in both runs:')}</p>
        <Outputs outputs={after} rendermime={rendermime} />
      </>
    );
  }
  return (
    <div className="jp-MlpipeComparison-columns">
      {(
        [
          [trans.__('Before'), before],
          [trans.__('After'), after]
        ] as const
      ).map(([label, outputs]) => (
        <section key={label} aria-label={label}>
          <h4>{label}</h4>
          {outputs.length ? (
            <Outputs outputs={outputs} rendermime={rendermime} />
          ) : (
            <p className="jp-MlpipeComparison-note">{trans.__('No output.')}</p>
          )}
        </section>
      ))}
    </div>
  );
}

function Outputs(props: { outputs: readonly Output[]; rendermime: IRenderMimeRegistry }): JSX.Element {
  const { outputs, rendermime } = props;
  const host = React.useRef<HTMLDivElement>(null);
  // A layout effect: its end comes before the host leaves the document, which is when a widget can still be detached.
  React.useLayoutEffect(() => {
    const values = outputs as NonNullable<IOutputAreaModel.IOptions['values']>;
    const model = new OutputAreaModel({ values, trusted: false });
    const area = new SimplifiedOutputArea({ model, rendermime });
    Widget.attach(area, host.current as HTMLDivElement);
    return () => {
      area.dispose();
      model.dispose();
    };
  }, [outputs, rendermime]);
  return <div className="jp-MlpipeComparison-outputs" ref={host} />;
}
