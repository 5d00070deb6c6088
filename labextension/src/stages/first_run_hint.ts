/** The strip above a Python notebook that holds no stage yet: what a stage is, and how to begin. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';

import { CommandIds } from '../commands';
import type { PipelineModel } from '../pipelines/model';

export interface IFirstRunHintOptions {
  readonly model: PipelineModel;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;

  /** Remember that nobody wants to see it again, in any notebook. */
  readonly never: () => void;
}

export class FirstRunHint extends Widget {
  constructor(private readonly options: IFirstRunHintOptions) {
    super();
    const { model, commands, trans } = options;
    this.addClass('jp-MlpipeHint');
    this.node.setAttribute('role', 'note');
    const text = document.createElement('span');
    text.className = 'jp-MlpipeHint-text';
    text.textContent = trans.__('Make a cell a stage, and its result is kept until something it depends on changes.');
    this.node.append(
      text,
      this.button(trans.__('Make the selected cell a stage'), () =>
        commands.execute(CommandIds.makeStage, { path: model.path })
      )
    );
    if (commands.hasCommand(CommandIds.openTutorial)) {
      this.node.append(this.button(trans.__('Open the tutorial'), () => commands.execute(CommandIds.openTutorial)));
    }
    this.node.append(
      this.button(trans.__('Don’t show again'), () => options.never()),
      this.dismissal()
    );
    model.changed.connect(this.follow, this);
  }

  /** It goes as soon as there is a stage. */
  private follow(model: PipelineModel): void {
    if (model.isPipeline) {
      this.dispose();
    }
  }

  private button(label: string, press: () => unknown): HTMLElement {
    const node = document.createElement('button');
    node.type = 'button';
    node.className = 'jp-MlpipeLink';
    node.textContent = label;
    node.addEventListener('click', () => void press());
    return node;
  }

  private dismissal(): HTMLElement {
    const node = this.button('', () => this.dispose());
    const label = this.options.trans.__('Close');
    node.className = 'jp-MlpipeHint-close';
    node.title = label;
    node.setAttribute('aria-label', label);
    closeIcon.element({ container: node, height: '14px', width: '14px' });
    return node;
  }
}
