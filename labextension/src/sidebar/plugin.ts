/** The panel “Pipeline” in the left sidebar. Its sections come from other parts. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { SidePanel, type Toolbar } from '@jupyterlab/ui-components';
import type { AccordionPanel, Widget } from '@lumino/widgets';

import { pipelineIcon } from '../icons';
import { EXTENSION_ID, IPipelineSidebar, TRANSLATION_DOMAIN } from '../tokens';

/** After JupyterLab's own file browser, running sessions and table of contents. */
const RANK = 450;

const plugin: JupyterFrontEndPlugin<IPipelineSidebar> = {
  id: `${EXTENSION_ID}:sidebar`,
  description: 'The panel “Pipeline” in the left sidebar.',
  autoStart: true,
  provides: IPipelineSidebar,
  optional: [ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): IPipelineSidebar => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const panel = new SidePanel({ translator: translator ?? nullTranslator });
    panel.id = 'jp-mlpipe-sidebar';
    panel.title.icon = pipelineIcon;
    panel.title.caption = trans.__('Pipeline');
    panel.addClass('jp-MlpipeSidebar');
    panel.node.setAttribute('role', 'region');
    panel.node.setAttribute('aria-label', trans.__('Pipeline'));
    restorer?.add(panel, panel.id);
    app.shell.add(panel, 'left', { rank: RANK, type: 'Pipeline' });

    const accordion = panel.content as AccordionPanel;
    const sections: { rank: number; share: number }[] = [];
    return {
      addSection: (section: Widget & Toolbar.IWidgetToolbar, rank: number, share = 1) => {
        const above = sections.filter(other => other.rank <= rank).length;
        sections.splice(above, 0, { rank, share });
        panel.insertWidget(above, section);
        accordion.setRelativeSizes(sections.map(({ share }) => share));
      },
      showSection: (section: Widget) => {
        app.shell.activateById(panel.id);
        accordion.expand(accordion.widgets.indexOf(section));
      }
    };
  }
};

export default plugin;
