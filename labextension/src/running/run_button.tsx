/** The button in a notebook's toolbar that runs the pipeline; while it runs, it says how far it is and ends it. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownEmptyIcon, ReactWidget, runIcon, stopIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import * as React from 'react';

import { CommandIds } from '../commands';
import type { PipelineModel } from '../pipelines/model';
import type { IRunProgress } from '../tokens';

export interface IRunButtonOptions {
  readonly model: PipelineModel;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
}

export class RunButton extends ReactWidget {
  constructor(private readonly options: IRunButtonOptions) {
    super();
    this.addClass('jp-MlpipeRunButton');
    options.model.changed.connect(() => this.follow());
    this.follow();
  }

  protected override render(): React.ReactElement {
    const { model } = this.options;
    const run = model.activeRun;
    return (
      <div className="jp-MlpipeRunButton-group">
        {run ? this.progress(run) : this.start()}
        {this.more()}
      </div>
    );
  }

  /** A notebook that is no pipeline has no such button. */
  private follow(): void {
    this.setHidden(!this.options.model.isPipeline);
    this.update();
  }

  private start(): React.ReactElement {
    const { model, trans } = this.options;
    const broken = model.error;
    return (
      <button
        type="button"
        className="jp-MlpipeRunButton-main"
        title={
          broken
            ? trans.__('The notebook cannot be run as it is: %1', broken.message)
            : trans.__('Save the notebook and run every stage that has no stored result')
        }
        data-mlpipe-broken={broken ? 'true' : undefined}
        onClick={() => this.execute(CommandIds.runPipeline)}
      >
        <runIcon.react tag="span" className="jp-MlpipeRunButton-icon" elementSize="normal" />
        <span>{trans.__('Run pipeline')}</span>
      </button>
    );
  }

  private progress({ status, settled, total }: IRunProgress): React.ReactElement {
    const { trans } = this.options;
    const share = total ? Math.round((100 * settled) / total) : 0;
    const label = {
      starting: trans.__('Starting…'),
      cancelling: trans.__('Cancelling…')
    }[status as string];
    return (
      <button
        type="button"
        className="jp-MlpipeRunButton-main jp-mod-running"
        title={trans.__('Cancel the run; stages that have finished stay')}
        disabled={label !== undefined}
        onClick={() => this.execute(CommandIds.cancelRun)}
      >
        <stopIcon.react tag="span" className="jp-MlpipeRunButton-icon" elementSize="normal" />
        <span role="status">{label ?? (total ? trans.__('%1/%2 stages', settled, total) : trans.__('Running'))}</span>
        <span className="jp-MlpipeRunButton-bar" style={{ width: `${share}%` }} aria-hidden="true" />
      </button>
    );
  }

  private more(): React.ReactElement {
    const { trans } = this.options;
    return (
      <button
        type="button"
        className="jp-MlpipeRunButton-more"
        title={trans.__('More ways to run')}
        aria-label={trans.__('More ways to run')}
        aria-haspopup="menu"
        onClick={event => this.openMenu(event.currentTarget)}
      >
        <caretDownEmptyIcon.react tag="span" className="jp-MlpipeRunButton-icon" elementSize="small" />
      </button>
    );
  }

  private openMenu(anchor: HTMLElement): void {
    const { commands } = this.options;
    const menu = new Menu({ commands });
    const args = { path: this.options.model.path };
    for (const command of [CommandIds.planPipeline, CommandIds.editParameters]) {
      menu.addItem({ command, args });
    }
    menu.addItem({ type: 'separator' });
    for (const command of [CommandIds.runToStage, CommandIds.runFromStage]) {
      menu.addItem({ command, args });
    }
    menu.addItem({ command: CommandIds.runPipeline, args: { ...args, force: true } });
    menu.addItem({ type: 'separator' });
    menu.addItem({ command: CommandIds.refreshAnalysis, args });
    menu.aboutToClose.connect(() => anchor.focus());
    const { left, bottom } = anchor.getBoundingClientRect();
    menu.open(left, bottom);
  }

  private execute(command: string): void {
    void this.options.commands.execute(command, { path: this.options.model.path });
  }
}
