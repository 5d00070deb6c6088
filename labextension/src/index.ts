/** The plugins that JupyterLab activates. Not for what they do. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import alerts from './alerts/plugin';
import client from './api/plugin';
import comparison from './comparison/plugin';
import graph from './graph/plugin';
import models from './models/plugin';
import outputs from './outputs/plugin';
import panels from './panels/plugin';
import pipelines from './pipelines/plugin';
import running from './running/plugin';
import runs from './runs/plugin';
import sidebar from './sidebar/plugin';
import stageLine from './stage_line/plugin';
import stages from './stages/plugin';
import { SETTINGS_ID } from './tokens';
import tutorial from './tutorial/plugin';

const plugin: JupyterFrontEndPlugin<void> = {
  id: SETTINGS_ID,
  description: 'Reads the settings of notebook pipelines.',
  autoStart: true,
  optional: [ISettingRegistry],
  activate: async (_app: JupyterFrontEnd, settings: ISettingRegistry | null): Promise<void> => {
    await settings?.load(plugin.id);
  }
};

export default [
  plugin,
  client,
  pipelines,
  outputs,
  stageLine,
  stages,
  running,
  sidebar,
  graph,
  runs,
  models,
  alerts,
  comparison,
  panels,
  tutorial
];
