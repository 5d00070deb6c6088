/** Our lines in the editors of Python notebooks: coloured, checked, completed. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { ICompletionProviderManager } from '@jupyterlab/completer';
import { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { PipelineModel } from '../pipelines/model';
import type { Pipelines } from '../pipelines/pipelines';
import { EXTENSION_ID, IMlpipeClient, IPipelines, TRANSLATION_DOMAIN } from '../tokens';
import { LineCompleter } from './completer';
import { lineHighlight } from './highlight';
import { LineOptions } from './line_options';

const plugin: JupyterFrontEndPlugin<void> = {
  id: `${EXTENSION_ID}:stage-line`,
  description: 'Colours, checks and completes the lines %%stage and %pipeline.',
  autoStart: true,
  requires: [IMlpipeClient, IPipelines],
  optional: [IEditorExtensionRegistry, ICompletionProviderManager, ITranslator],
  activate: (
    _: JupyterFrontEnd,
    client: IMlpipeClient,
    pipelines: Pipelines,
    editors: IEditorExtensionRegistry | null,
    completers: ICompletionProviderManager | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const options = new LineOptions(client, trans);
    editors?.addExtension({
      name: 'mlpipe-stage-line',
      factory: ({ inline, model }) => {
        if (!inline || !isNotebookCode(model)) {
          return null;
        }
        const pathOf = (): string | null => pythonNotebookOf(model, pipelines)?.path ?? null;
        return EditorExtensionRegistry.createImmutableExtension(lineHighlight(options, pathOf));
      }
    });
    const notebookOf = (widget: unknown): PipelineModel | null => {
      const model = widget instanceof NotebookPanel ? pipelines.ofPanel(widget) : null;
      return model?.source.isPython ? model : null;
    };
    completers?.registerProvider(new LineCompleter(options, ({ widget }) => notebookOf(widget), trans));
  }
};

export default plugin;

function isNotebookCode(model: CodeEditor.IModel): model is ICodeCellModel {
  return (model as Partial<ICodeCellModel>).type === 'code';
}

/** The pipeline of the Python notebook that a cell stands in; cells of consoles stand in none. */
function pythonNotebookOf(cell: ICodeCellModel, pipelines: Pipelines): PipelineModel | null {
  const model = pipelines.ofSharedNotebook(cell.sharedModel.notebook);
  return model?.source.isPython ? model : null;
}
