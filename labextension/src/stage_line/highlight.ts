/** Draws our lines in the editor: their pieces by kind, what is wrong with them underlined. */

import { type Extension, Prec, type Range } from '@codemirror/state';
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';

import { cellDirective, type TokenKind } from './directive';
import type { LineOptions } from './line_options';

const PIECES: Readonly<Record<TokenKind, Decoration>> = {
  magic: Decoration.mark({ class: 'jp-MlpipeLine-magic' }),
  name: Decoration.mark({ class: 'jp-MlpipeLine-name' }),
  option: Decoration.mark({ class: 'jp-MlpipeLine-option' }),
  value: Decoration.mark({ class: 'jp-MlpipeLine-value' })
};

/**
 * The extension of one cell's editor.
 *
 * Parameters
 * ----------
 * options
 *     What may stand on a line, which may become known later.
 * pathOf
 *     The contents path of the cell's notebook; null where it is in none, or that is no Python notebook.
 */
export function lineHighlight(options: LineOptions, pathOf: () => string | null): Extension {
  class Highlighter {
    constructor(private readonly view: EditorView) {
      this.decorations = this.draw();
      options.changed.connect(this.onOptions, this);
    }

    decorations: DecorationSet;

    update(update: ViewUpdate): void {
      if (update.docChanged || update.focusChanged || this.isOutdated) {
        this.decorations = this.draw();
      }
    }

    destroy(): void {
      options.changed.disconnect(this.onOptions, this);
    }

    private onOptions(): void {
      if (cellDirective(this.view.state.doc.toString())) {
        this.isOutdated = true;
        this.view.dispatch({});
      }
    }

    private draw(): DecorationSet {
      this.isOutdated = false;
      const { doc } = this.view.state;
      const directive = cellDirective(doc.toString());
      const path = directive && pathOf();
      if (!directive || path === null) {
        this.isOutdated = directive !== null; // its notebook may only be opening
        return Decoration.none;
      }
      const marks: Range<Decoration>[] = directive.tokens.map(token => PIECES[token.kind].range(token.from, token.to));
      for (const { token, text } of options.problems(directive, path)) {
        const mark = Decoration.mark({ class: 'jp-MlpipeLine-problem', attributes: { title: text } });
        marks.push(mark.range(token.from, token.to));
      }
      return Decoration.set(
        marks.filter(({ from, to }) => from < to),
        true
      );
    }

    private isOutdated = false;
  }

  // The inner of nested marks have the say in colour, and those of the highest precedence are the inner ones.
  return Prec.highest(ViewPlugin.fromClass(Highlighter, { decorations: plugin => plugin.decorations }));
}
