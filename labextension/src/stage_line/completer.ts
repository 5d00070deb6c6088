/** Offers what may come next on our lines to JupyterLab's completer, kernel or not. */

import type { CompletionHandler, ICompletionContext, ICompletionProvider } from '@jupyterlab/completer';
import type { TranslationBundle } from '@jupyterlab/translation';

import { complete, type ICompletion } from './completions';
import { cellDirective, type IDirective } from './directive';
import type { LineOptions } from './line_options';

type Reply = CompletionHandler.ICompletionItemsReply;

/** What the completer needs to know of a notebook. */
export interface ICompletedNotebook {
  readonly path: string;
  readonly stages: Parameters<typeof complete>[4];
}

/**
 * Completes our lines.
 *
 * The kernel completes them too, where our magics are loaded. JupyterLab puts the replies together and drops a word
 * that it has; ours has the higher rank, so that it is ours, with its help, that stays.
 */
export class LineCompleter implements ICompletionProvider {
  constructor(
    private readonly options: LineOptions,
    private readonly notebookOf: (context: ICompletionContext) => ICompletedNotebook | null,
    private readonly trans: TranslationBundle
  ) {}

  readonly identifier = 'mlpipe:stage-line';
  readonly rank = 1100;
  readonly renderer = null;

  async isApplicable(context: ICompletionContext): Promise<boolean> {
    const editor = context.editor;
    const at = editor ? editor.getOffsetAt(editor.getCursorPosition()) : 0;
    return (
      editor !== undefined &&
      editor !== null &&
      directiveAt(editor.model.sharedModel.getSource(), at) !== null &&
      this.notebookOf(context) !== null
    );
  }

  async fetch(request: CompletionHandler.IRequest, context: ICompletionContext): Promise<Reply> {
    const { text, offset } = request;
    const directive = directiveAt(text, offset);
    const notebook = this.notebookOf(context);
    if (!directive || !notebook) {
      return { start: offset, end: offset, items: [] };
    }
    const options = await this.options.loaded(directive, notebook.path);
    const { from, found } = complete(directive, text, offset, options, notebook.stages);
    return { start: from, end: offset, items: found.map(item => this.item(item)) };
  }

  private item({ text, kind, help }: ICompletion): CompletionHandler.ICompletionItem {
    const type = { option: this.trans.__('option'), stage: this.trans.__('stage'), name: this.trans.__('name') }[kind];
    return { label: text, insertText: text, type, ...(help ? { documentation: help } : {}) };
  }
}

/** The line for us that holds a place, after its magic. */
function directiveAt(source: string, at: number): IDirective | null {
  const directive = cellDirective(source);
  const magic = directive?.tokens[0];
  return directive && magic && magic.to < at && at <= directive.to ? directive : null;
}
