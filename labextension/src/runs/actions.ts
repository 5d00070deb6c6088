/** What can be done with runs, as commands: from the list and from a run's own page. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { CommandIds, type INotebookArguments, type IRunArguments } from '../commands';
import type { IPipelines } from '../tokens';
import type { RunHistory } from './history';
import type { IHistoryActions } from './history_view';
import type { IRunActions } from './run_view';

export function historyActions(options: {
  history: RunHistory;
  pipelines: IPipelines;
  commands: CommandRegistry;
  trans: TranslationBundle;
}): IHistoryActions {
  const { history, pipelines, commands, trans } = options;
  const { execute } = executing(commands);
  return {
    open: ({ run }) => execute(CommandIds.openRun, { path: history.path, run }),
    openExecuted: ({ run }) => execute(CommandIds.openExecuted, { path: history.path, run }),
    compare: (run, other) => execute(CommandIds.compareRuns, { path: history.path, run, other }),
    offer: ({ run }, x, y) => {
      const menu = new Menu({ commands });
      const args = { path: history.path, run };
      menu.addItem({ command: CommandIds.openRun, args });
      menu.addItem({ command: CommandIds.openExecuted, args });
      const chosen = history.chosen.find(other => other !== run);
      if (chosen && commands.hasCommand(CommandIds.compareRuns)) {
        const [before, after] = [run, chosen].sort() as [string, string];
        menu.addItem({ type: 'separator' });
        menu.addItem({ command: CommandIds.compareRuns, args: { ...args, run: before, other: after } });
      }
      menu.open(x, y);
    },
    get start() {
      const path = pipelines.current?.isPipeline ? pipelines.current.path : null;
      return path !== null
        ? { label: trans.__('Run this notebook'), run: () => execute(CommandIds.runPipeline, { path }) }
        : null;
    }
  };
}

/** What can be done with a run of the workspace that a path is in. */
export function runActions(path: string, commands: CommandRegistry): IRunActions {
  const { execute } = executing(commands);
  return {
    openExecuted: ({ run }) => execute(CommandIds.openExecuted, { path, run }),
    openNotebook: path => void commands.execute('docmanager:open', { path }),
    compare: (run, other) => execute(CommandIds.compareRuns, { path, run, other }),
    showValues: ({ run, notebook }, stage) => execute(CommandIds.showValues, { path: notebook ?? path, run, stage }),
    openFailed: ({ run, notebook }, stage) =>
      execute(CommandIds.openFailedStage, { path: notebook ?? path, run, stage })
  };
}

function executing(commands: CommandRegistry) {
  return {
    execute: (id: string, args: INotebookArguments | IRunArguments) => void commands.execute(id, { ...args })
  };
}
