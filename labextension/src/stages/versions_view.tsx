/** Shows the results that a stage had, and brings one back into the kernel. Loaded when it is first opened. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { historyIcon, ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { StageVersion, StageVersions } from '../api/types';
import { formatDuration, formatNumber, formatTime, formatWhen } from '../format';
import { markIcons } from '../icons';
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
export function versionsView(options: IVersionsViewOptions): MainAreaWidget<VersionsTable> {
  const { history, trans } = options;
  const view = new MainAreaWidget({ content: new VersionsTable(options) });
  view.title.label = trans.__('History of %1', history.stage);
  view.title.icon = historyIcon;
  view.title.closable = true;
  return view;
}

class VersionsTable extends ReactWidget {
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
          <table className="jp-MlpipeTable">
            <thead>
              <tr>
                <th scope="col">{trans.__('When')}</th>
                <th scope="col">{trans.__('How it ended')}</th>
                <th scope="col" className="jp-mod-number">
                  {trans.__('Took')}
                </th>
                <th scope="col">{trans.__('Numbers')}</th>
                <th scope="col">{trans.__('Why it ran')}</th>
                <th scope="col">{trans.__('By')}</th>
                <th scope="col" />
              </tr>
            </thead>
            <tbody>
              {versions.map(version => (
                <Version key={`${version.run} ${version.started}`} version={version} options={this.options} />
              ))}
            </tbody>
          </table>
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
  return (
    <tr data-mlpipe-version={version.key ?? ''} className={version.current ? 'jp-mod-current' : undefined}>
      <td title={`${formatTime(version.started)}\n${version.run}`}>
        {formatWhen(version.started, Date.now() / 1000)}
        {version.current && <span className="jp-MlpipeTag">{trans.__('now')}</span>}
      </td>
      <td>
        <span className="jp-MlpipeMark" data-mlpipe-state={version.status}>
          <Icon.react tag="span" width="14px" height="14px" />
        </span>
        {markWord(version.status, trans)}
      </td>
      <td className="jp-mod-number">{formatDuration(version.seconds)}</td>
      <td>
        {numbers.map(([name, value]) => (
          <span key={name} className="jp-MlpipeVersions-number">
            {name} <b>{formatNumber(value)}</b>
          </span>
        ))}
      </td>
      <td className="jp-MlpipePlan-why">{version.reason}</td>
      <td>{version.user}</td>
      <td className="jp-MlpipeVersions-actions">
        <button type="button" className="jp-MlpipeLink" onClick={() => options.showValues(version)}>
          {trans.__('Values')}
        </button>
        <Restore version={version} options={options} />
      </td>
    </tr>
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
