/** The two runs that are compared, each over its side of what follows. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { type LabIcon, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { RunInfo } from '../api/types';
import { StateMark, useNow } from '../elements';
import { formatDuration, formatTime, formatWhen } from '../format';
import { swapIcon } from '../icons';
import { doorWord, markWord } from '../words';
import type { Comparison } from './comparison';

export interface IHeaderProps {
  readonly comparison: Comparison;
  readonly before: RunInfo;
  readonly after: RunInfo;
  readonly trans: TranslationBundle;
}

export function ComparisonHeader({ comparison, before, after, trans }: IHeaderProps): JSX.Element {
  return (
    <header className="jp-MlpipeComparison-header">
      <RunCard label={trans.__('Before')} run={before} trans={trans} />
      <IconButton icon={swapIcon} label={trans.__('Swap the runs')} onClick={() => void comparison.swap()} />
      <RunCard label={trans.__('After')} run={after} trans={trans} />
      <IconButton icon={refreshIcon} label={trans.__('Compare again')} onClick={() => void comparison.refresh()} />
    </header>
  );
}

function RunCard({ label, run, trans }: { label: string; run: RunInfo; trans: TranslationBundle }): JSX.Element {
  const now = useNow(60_000);
  const facts = [
    formatWhen(run.started, now),
    trans.__('%1 on %2', run.user, run.host),
    doorWord(run.door, trans),
    run.run
  ].filter(Boolean);
  return (
    <section className="jp-MlpipeComparison-run" aria-label={label} data-mlpipe-run={run.run}>
      <div className="jp-MlpipeComparison-runLine">
        <b>{label}</b>
        <span className="jp-MlpipeComparison-status">
          <StateMark mark={run.status} trans={trans} />
          <span aria-hidden>{markWord(run.status, trans)}</span>
        </span>
        <span className="jp-MlpipeComparison-time">{formatTime(run.started)}</span>
        <span className="jp-MlpipeComparison-time">{formatDuration(run.seconds)}</span>
      </div>
      <div className="jp-MlpipeComparison-runFacts" title={facts.join(' · ')}>
        {facts.join(' · ')}
      </div>
    </section>
  );
}

function IconButton(props: { icon: LabIcon; label: string; onClick: () => void }): JSX.Element {
  const { icon, label, onClick } = props;
  return (
    <button type="button" className="jp-MlpipeComparison-button" title={label} aria-label={label} onClick={onClick}>
      <icon.react tag={null} />
    </button>
  );
}
