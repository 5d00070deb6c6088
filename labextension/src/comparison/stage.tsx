/** A stage of two runs, to be folded and unfolded: what differs in words and numbers, its code, its outputs. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { StageDiff } from '../api/types';
import { StateMark } from '../elements';
import { ChangesTable, DifferenceWords } from './changes';
import { CodeComparison } from './code';
import { isSameCode, stageLines } from './code_rows';
import { metricChange, secondsChange, stageDifferences, stageNote, stageTags } from './model';
import { OutputsComparison } from './outputs';

export interface IStageProps {
  readonly stage: StageDiff;
  readonly isNarrow: boolean;
  readonly rendermime: IRenderMimeRegistry;
  readonly trans: TranslationBundle;
}

/** A stage, open where it differs; what is in it is drawn when it is first opened. */
export function StageComparison(props: IStageProps): JSX.Element {
  const { stage, trans } = props;
  const [isOpen, setOpen] = React.useState(stage.changed);
  return (
    <details
      className="jp-MlpipeComparison-stage"
      data-mlpipe-stage={stage.name}
      open={isOpen}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>
        <span className="jp-MlpipeComparison-stageName">{stage.name}</span>
        {stageTags(stage, trans).map(tag => (
          <span key={tag} className="jp-MlpipeComparison-tag">
            {tag}
          </span>
        ))}
        <StageEnds stage={stage} trans={trans} />
      </summary>
      {isOpen && <StageBody {...props} />}
    </details>
  );
}

/** How the stage ended and how long it took, in each run. */
function StageEnds({ stage, trans }: { stage: StageDiff; trans: TranslationBundle }): JSX.Element {
  const took = secondsChange(stage.seconds);
  const ends = [
    [stage.before, took.before],
    [stage.after, took.after]
  ] as const;
  return (
    <span className="jp-MlpipeComparison-ends">
      {ends.map(([status, seconds], index) => (
        <React.Fragment key={index === 0 ? 'before' : 'after'}>
          {index > 0 && <span aria-hidden>→</span>}
          <span className="jp-MlpipeComparison-end">
            {status ? <StateMark mark={status} trans={trans} /> : null}
            {status ? seconds : trans.__('not there')}
          </span>
        </React.Fragment>
      ))}
      <span className="jp-MlpipeComparison-endDifference">{took.difference}</span>
    </span>
  );
}

function StageBody({ stage, isNarrow, rendermime, trans }: IStageProps): JSX.Element {
  const note = stageNote(stage, trans);
  return (
    <div className="jp-MlpipeComparison-body">
      {note && <p className="jp-MlpipeComparison-note">{note}</p>}
      <DifferenceWords groups={stageDifferences(stage, trans)} />
      {stage.metrics.length > 0 && (
        <ChangesTable title={trans.__('Metric')} changes={stage.metrics.map(metricChange)} trans={trans} />
      )}
      <h3>{trans.__('Code')}</h3>
      <StageCode stage={stage} isNarrow={isNarrow} trans={trans} />
      <h3>{trans.__('Outputs')}</h3>
      <OutputsComparison stage={stage} rendermime={rendermime} trans={trans} />
    </div>
  );
}

function StageCode({ stage, isNarrow, trans }: Omit<IStageProps, 'rendermime'>): JSX.Element {
  const lines = React.useMemo(() => stageLines(stage), [stage]);
  if (!lines.length) {
    return <p className="jp-MlpipeComparison-note">{trans.__('The executed notebooks that had it are gone.')}</p>;
  }
  return (
    <>
      {isSameCode(lines) && <p className="jp-MlpipeComparison-note">{trans.__('The same in both runs:')}</p>}
      <CodeComparison lines={lines} isNarrow={isNarrow} trans={trans} />
    </>
  );
}
