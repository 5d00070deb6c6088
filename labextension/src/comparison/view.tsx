/** Two runs side by side, in a tab. Loaded when the first comparison opens. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { RunComparison, StageDiff } from '../api/types';
import { ErrorNote } from '../elements';
import { compareIcon } from '../icons';
import { ChangesTable, DifferenceWords } from './changes';
import type { Comparison } from './comparison';
import { ComparisonHeader } from './header';
import { comparisonSummary, furtherDifferences, groupStages, isSame, isSameStage, valueChange } from './model';
import { StageComparison } from './stage';

/** Narrower than this, in pixels, code stands one below the other. */
const NARROW = 720;

export interface IComparisonOptions {
  readonly comparison: Comparison;
  readonly rendermime: IRenderMimeRegistry;
  readonly trans: TranslationBundle;
}

export class ComparisonTab extends MainAreaWidget<ReactWidget> {
  constructor(private readonly options: IComparisonOptions) {
    super({ content: new ComparisonWidget(options) });
    const { comparison, trans } = options;
    this.id = `jp-mlpipe-comparison-${++count}`;
    this.toolbar.hide();
    this.title.label = trans.__('Compare runs');
    this.title.caption = trans.__('%1: %2 and %3', comparison.runs.path, comparison.runs.run, comparison.runs.other);
    this.title.icon = compareIcon;
    void comparison.refresh();
  }

  get comparison(): Comparison {
    return this.options.comparison;
  }

  override dispose(): void {
    this.comparison.dispose();
    super.dispose();
  }
}

let count = 0;

class ComparisonWidget extends ReactWidget {
  constructor(private readonly options: IComparisonOptions) {
    super();
    this.addClass('jp-MlpipeComparison');
    this.node.tabIndex = 0; // what scrolls can be reached by keyboard
  }

  protected override render(): JSX.Element {
    return <UseSignal signal={this.options.comparison.changed}>{() => <ComparisonView {...this.options} />}</UseSignal>;
  }
}

function ComparisonView(options: IComparisonOptions): JSX.Element {
  const { comparison, trans } = options;
  const { found, error, isLoading } = comparison;
  const again = { label: trans.__('Try again'), run: () => void comparison.refresh() };
  const note = error && !isLoading && <ErrorNote error={error.info} action={again} />;
  if (!found) {
    return (
      note || (
        <div className="jp-MlpipeWaiting" role="status">
          {trans.__('Comparing the runs…')}
        </div>
      )
    );
  }
  return (
    <div aria-busy={isLoading}>
      <ComparisonHeader comparison={comparison} before={found.before} after={found.after} trans={trans} />
      {note}
      <Overview found={found} trans={trans} />
      <Stages key={found.before.run} stages={found.stages} options={options} />
    </div>
  );
}

/** What differs, before any detail. */
function Overview({ found, trans }: { found: RunComparison; trans: TranslationBundle }): JSX.Element {
  const { parameters, environment } = found;
  return (
    <section className="jp-MlpipeComparison-overview" aria-label={trans.__('What differs')}>
      <h2 aria-live="polite">{comparisonSummary(found, trans)}</h2>
      {isSame(found) && (
        <p className="jp-MlpipeComparison-note">
          {trans.__('Parameters, environment, code, inputs, metrics and outputs are the same in both runs.')}
        </p>
      )}
      <div className="jp-MlpipeComparison-tables">
        {parameters.length > 0 && (
          <ChangesTable
            title={trans.__('Parameter')}
            changes={parameters.map(valueChange)}
            absent={trans.__('not given')}
            trans={trans}
          />
        )}
        {environment.length > 0 && (
          <ChangesTable title={trans.__('Environment')} changes={environment.map(valueChange)} trans={trans} />
        )}
      </div>
      <DifferenceWords groups={furtherDifferences(found, trans)} />
    </section>
  );
}

interface IStagesProps {
  readonly stages: readonly StageDiff[];
  readonly options: IComparisonOptions;
}

/** Every stage in notebook order; neighbours that are the same are folded into one line. */
function Stages({ stages, options }: IStagesProps): JSX.Element {
  const { rendermime, trans } = options;
  const [list, isNarrow] = useIsNarrow();
  const drawn = (stage: StageDiff) => (
    <StageComparison key={stage.name} stage={stage} isNarrow={isNarrow} rendermime={rendermime} trans={trans} />
  );
  return (
    <div ref={list} className={`jp-MlpipeComparison-stages${isNarrow ? ' jp-mod-narrow' : ''}`}>
      {groupStages(stages).map(([first, ...others]) =>
        first && isSameStage(first) ? (
          <details key={first.name} className="jp-MlpipeComparison-same">
            <summary>
              {trans._n('%1 stage is the same', '%1 stages are the same', others.length + 1)}
              <span className="jp-MlpipeComparison-names">{[first, ...others].map(({ name }) => name).join(', ')}</span>
            </summary>
            {[first, ...others].map(drawn)}
          </details>
        ) : (
          first && drawn(first)
        )
      )}
    </div>
  );
}

/** Whether an element has no room for two columns; the first of the pair is to be put on that element. */
function useIsNarrow(): [React.RefObject<HTMLDivElement>, boolean] {
  const element = React.useRef<HTMLDivElement>(null);
  const [isNarrow, setNarrow] = React.useState(false);
  React.useLayoutEffect(() => {
    const watched = element.current as HTMLDivElement;
    const look = () => watched.clientWidth && setNarrow(watched.clientWidth < NARROW);
    const observer = new ResizeObserver(look);
    observer.observe(watched);
    look();
    return () => observer.disconnect();
  }, []);
  return [element, isNarrow];
}
