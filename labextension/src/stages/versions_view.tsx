/** Shows the results that a stage had, and brings one back into the kernel. Loaded when it is first opened. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { historyIcon, ReactWidget } from '@jupyterlab/ui-components';
import type { Widget } from '@lumino/widgets';
import * as React from 'react';

import type { StageVersion, StageVersions } from '../api/types';
import { formatDuration, formatNumber, formatTime, formatWhen } from '../format';
import { markIcons } from '../icons';
import { withoutPlace } from '../own_words';
import { markWord } from '../words';

export interface IVersionsViewOptions {
  readonly history: StageVersions;
  readonly trans: TranslationBundle;

  /** Bring a version's values into the notebook's kernel. */
  readonly restore: (version: StageVersion) => Promise<void>;

  /** Show what the stage read and made in that version. */
  readonly showValues: (version: StageVersion) => void;
}

/** A tab with the history of a stage. */
export function versionsView(options: IVersionsViewOptions): MainAreaWidget<Widget> {
  const { history, trans } = options;
  const view = new MainAreaWidget({ content: new VersionList(options) });
  view.title.label = trans.__('History of %1', history.stage);
  view.title.icon = historyIcon;
  view.title.closable = true;
  return view;
}

class VersionList extends ReactWidget {
  constructor(private readonly options: IVersionsViewOptions) {
    super();
    this.addClass('jp-MlpipeVersions');
  }

  protected override render(): React.ReactElement {
    const { history, trans } = this.options;
    const { stage, versions } = history;
    return (
      <>
        <header className="jp-MlpipeValues-heading">
          <h2>{stage}</h2>
        </header>
        {versions.length ? (
          <ol className="jp-MlpipeVersions-list">
            {versions.map(version => (
              <Version key={`${version.run} ${version.started}`} version={version} options={this.options} />
            ))}
          </ol>
        ) : (
          <p className="jp-MlpipeValues-none">{trans.__('It has not run yet.')}</p>
        )}
      </>
    );
  }
}

interface IVersionProps {
  readonly version: StageVersion;
  readonly options: IVersionsViewOptions;
}

function Version({ version, options }: IVersionProps): React.ReactElement {
  const { trans } = options;
  const Icon = markIcons[version.status];
  const numbers = Object.entries(version.numbers);
  const about = [formatDuration(version.seconds), version.user].filter(Boolean).join(' · ');
  return (
    <li data-mlpipe-version={version.key ?? ''}>
      <div className="jp-MlpipeVersions-head">
        <span className="jp-MlpipeMark" data-mlpipe-state={version.status}>
          <Icon.react tag="span" width="14px" height="14px" />
        </span>
        <span className="jp-MlpipeVersions-status">{markWord(version.status, trans)}</span>
        <time title={`${formatTime(version.started)}\n${version.run}`}>
          {formatWhen(version.started, Date.now() / 1000)}
        </time>
        {version.current && (
          <span className="jp-MlpipeTag" title={trans.__('What the notebook, as it is now, would take')}>
            {trans.__('current')}
          </span>
        )}
        <span className="jp-MlpipeVersions-about">{about}</span>
      </div>
      {numbers.length > 0 && (
        <div>
          {numbers.map(([name, value]) => (
            <span key={name} className="jp-MlpipeVersions-number">
              {name} <b>{formatNumber(value)}</b>
            </span>
          ))}
        </div>
      )}
      {version.reason && <div className="jp-MlpipeVersions-why">{withoutPlace(version.reason)}</div>}
      <div className="jp-MlpipeVersions-actions">
        <button type="button" className="jp-MlpipeLink" onClick={() => options.showValues(version)}>
          {trans.__('Inputs and outputs')}
        </button>
        <Restore version={version} options={options} />
      </div>
    </li>
  );
}

function Restore({ version, options }: IVersionProps): React.ReactElement | null {
  const { trans } = options;
  const [isBusy, setBusy] = React.useState(false);
  if (!version.key || !version.stored) {
    return null;
  }
  const restore = async (): Promise<void> => {
    setBusy(true);
    await options.restore(version);
    setBusy(false);
  };
  return (
    <button
      type="button"
      className="jp-MlpipeLink"
      disabled={isBusy}
      title={trans.__('Load these values into the kernel of the notebook; its cells stay as they are')}
      onClick={() => void restore()}
    >
      {isBusy ? trans.__('Restoring…') : trans.__('Restore into kernel')}
    </button>
  );
}
