/** Stages in the notebook itself: badges and notes at their cells, what can be done with a stage, the first hint. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, showDialog } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';

import { CommandIds } from '../commands';
import { localeOf } from '../elements';
import { facts } from '../messages';
import type { PipelineModel } from '../pipelines/model';
import type { Pipelines } from '../pipelines/pipelines';
import { speaksToUs } from '../stage_line/directive';
import { EXTENSION_ID, IMlpipeClient, IPipelines, SETTINGS_ID, TRANSLATION_DOMAIN } from '../tokens';
import { openBadgeMenu } from './badge_menu';
import type { ICellNote } from './cell_notes';
import { FirstRunHint } from './first_run_hint';
import { NotebookBadges } from './notebook_badges';
import { addStageCommands } from './stage_commands';

/** The setting that says whether the first hint is shown. */
const SHOWS_HINT = 'showFirstHint';

const plugin: JupyterFrontEndPlugin<void> = {
  id: `${EXTENSION_ID}:stages`,
  description: 'Shows how each stage stands at its cells.',
  autoStart: true,
  requires: [IMlpipeClient, IPipelines, IRenderMimeRegistry],
  optional: [ICommandPalette, ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IMlpipeClient,
    pipelines: Pipelines,
    rendermime: IRenderMimeRegistry,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    translator: ITranslator | null
  ): void => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const locale = localeOf(translator ?? nullTranslator);
    addStageCommands({ app, client, pipelines, rendermime, trans, locale });
    for (const command of [
      CommandIds.makeStage,
      CommandIds.showValues,
      CommandIds.showVerdicts,
      CommandIds.showVersions
    ]) {
      palette?.addItem({ command, category: trans.__('Pipeline') });
    }
    pipelines.forEach((panel, model) => {
      new NotebookBadges({
        panel,
        model,
        trans,
        openMenu: (stage, anchor, byKeyboard) =>
          openBadgeMenu(
            commands,
            { path: model.path, stage },
            model.stage(stage)?.verdicts ?? [],
            anchor,
            byKeyboard,
            trans
          ),
        openNotes: notes => void showNotes(notes, trans)
      });
    });

    const loaded = settings?.load(SETTINGS_ID).catch(() => null) ?? null;
    void Promise.resolve(loaded).then(known => {
      if (known?.get(SHOWS_HINT).composite === false) {
        return;
      }
      const hints = new Set<FirstRunHint>();
      const never = (): void => {
        void known?.set(SHOWS_HINT, false);
        for (const hint of hints) {
          hint.dispose();
        }
      };
      pipelines.forEach((panel, model) => {
        whenStageless(panel, model, () => {
          if (known?.get(SHOWS_HINT).composite !== false) {
            const hint = new FirstRunHint({ model, commands, trans, never });
            hints.add(hint);
            hint.disposed.connect(() => hints.delete(hint));
            panel.contentHeader.addWidget(hint);
          }
        });
      });
    });
  }
};

export default plugin;

/** Call once if a notebook turns out to be in Python and to have no stage. */
function whenStageless(panel: NotebookPanel, model: PipelineModel, callback: () => void): void {
  const { source } = model;
  const look = (): void => {
    if (source.isPython) {
      source.edited.disconnect(look);
      if (!source.cells.some(cell => speaksToUs(cell.source))) {
        callback();
      }
    }
  };
  void panel.context.ready.then(() => {
    if (!panel.isDisposed) {
      source.edited.connect(look);
      look();
    }
  });
}

/** Show all that there is to say of a cell. */
async function showNotes(notes: readonly ICellNote[], trans: TranslationBundle): Promise<void> {
  await showDialog({
    title: trans._n('One thing to look at', '%1 things to look at', notes.length),
    body: facts(notes.flatMap(({ code, message, hint }) => [[code, message].filter(Boolean).join(': '), hint])),
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
}
