/** The menu of a stage's badge. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import type { VerdictInfo } from '../api/types';
import { CommandIds, type INotebookArguments } from '../commands';

const GROUPS: readonly (readonly string[])[] = [
  [CommandIds.runStage, CommandIds.runToStage, CommandIds.runFromStage],
  [CommandIds.explainStage, CommandIds.openFailedStage],
  [CommandIds.showValues, CommandIds.showVersions]
];

/** Open the menu of a stage below its badge, with the verdicts of its last run; focus goes back there, so that the keyboard can go on. */
export function openBadgeMenu(
  commands: CommandRegistry,
  args: INotebookArguments,
  verdicts: readonly VerdictInfo[],
  anchor: HTMLElement,
  byKeyboard: boolean,
  trans: TranslationBundle
): void {
  const menu = new Menu({ commands });
  menu.addClass('jp-MlpipeMenu');
  menu.title.label = trans.__('Stage %1', args.stage ?? '');
  for (const [index, group] of GROUPS.entries()) {
    if (index > 0) {
      menu.addItem({ type: 'separator' });
    }
    for (const command of group) {
      menu.addItem({ command, args: { ...args } });
    }
  }
  if (verdicts.length) {
    menu.addItem({ type: 'separator' });
  }
  for (const { gate, passed, text } of verdicts) {
    menu.addItem({ command: CommandIds.showVerdicts, args: { ...args, gate, passed, text } });
  }
  menu.aboutToClose.connect(() => {
    if (byKeyboard) {
      anchor.focus();
    }
  });
  const { left, bottom } = anchor.getBoundingClientRect();
  menu.open(left, bottom);
  if (byKeyboard) {
    menu.activateNextItem();
  }
}
