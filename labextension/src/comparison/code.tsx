/** Code of two runs: side by side, or one below the other where there is no room for that. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { DiffLine } from '../api/types';
import { foldRows, type ICodeLine, type ICodeRow, pairLines, unifyRows } from './code_rows';

export interface ICodeProps {
  readonly lines: readonly DiffLine[];
  readonly isNarrow: boolean;
  readonly trans: TranslationBundle;
}

/** The comparison of a stage's code, long stretches that are the same folded away. */
export function CodeComparison({ lines, isNarrow, trans }: ICodeProps): JSX.Element {
  const stretches = React.useMemo(() => {
    const rows = pairLines(lines);
    return foldRows(isNarrow ? unifyRows(rows) : rows);
  }, [lines, isNarrow]);
  const Row = isNarrow ? UnifiedRow : SplitRow;
  let place = 0;
  return (
    <table className={`jp-MlpipeDiff ${isNarrow ? 'jp-mod-unified' : 'jp-mod-split'}`} aria-label={trans.__('Code')}>
      <colgroup>
        <col className="jp-MlpipeDiff-numbers" />
        {!isNarrow && <col />}
        <col className="jp-MlpipeDiff-numbers" />
        <col />
      </colgroup>
      {stretches.map(({ folded, rows }) => {
        const key = `${isNarrow} ${place}`;
        place += rows.length;
        return folded ? (
          <Fold key={key} rows={rows} Row={Row} columns={isNarrow ? 3 : 4} trans={trans} />
        ) : (
          <tbody key={key}>{drawn(rows, Row)}</tbody>
        );
      })}
    </table>
  );
}

type RowComponent = (props: ICodeRow) => JSX.Element;

function drawn(rows: readonly ICodeRow[], Row: RowComponent): readonly JSX.Element[] {
  return rows.map(row => <Row key={`${row.before?.number}:${row.after?.number}`} {...row} />);
}

interface IFoldProps {
  readonly rows: readonly ICodeRow[];
  readonly Row: RowComponent;
  readonly columns: number;
  readonly trans: TranslationBundle;
}

function Fold({ rows, Row, columns, trans }: IFoldProps): JSX.Element {
  const [isOpen, setOpen] = React.useState(false);
  const unfolded = React.useRef<HTMLTableSectionElement>(null);
  React.useEffect(() => {
    if (isOpen) {
      unfolded.current?.focus({ preventScroll: true }); // the button that had the focus is gone
    }
  }, [isOpen]);
  if (isOpen) {
    return (
      <tbody ref={unfolded} tabIndex={-1}>
        {drawn(rows, Row)}
      </tbody>
    );
  }
  return (
    <tbody className="jp-MlpipeDiff-fold">
      <tr>
        <td colSpan={columns}>
          <button
            type="button"
            aria-label={trans._n('Show %1 line that is the same', 'Show %1 lines that are the same', rows.length)}
            onClick={() => setOpen(true)}
          >
            {trans._n('… %1 line', '… %1 lines', rows.length)}
          </button>
        </td>
      </tr>
    </tbody>
  );
}

function SplitRow({ kind, before, after }: ICodeRow): JSX.Element {
  const isSame = kind === 'same';
  return (
    <tr>
      <LineNumber line={before} />
      <Line line={before} kind={isSame ? 'same' : 'removed'} />
      <LineNumber line={after} />
      <Line line={after} kind={isSame ? 'same' : 'added'} />
    </tr>
  );
}

function UnifiedRow({ kind, before, after }: ICodeRow): JSX.Element {
  return (
    <tr>
      <LineNumber line={before} />
      <LineNumber line={after} />
      <Line line={after ?? before} kind={kind === 'same' ? 'same' : before ? 'removed' : 'added'} />
    </tr>
  );
}

function LineNumber({ line }: { line: ICodeLine | null }): JSX.Element {
  return (
    <td className="jp-MlpipeDiff-number" data-mlpipe-line={line ? undefined : 'none'} aria-hidden>
      {line?.number}
    </td>
  );
}

const SIGNS = { same: ' ', removed: '−', added: '+' } as const;

function Line({ line, kind }: { line: ICodeLine | null; kind: keyof typeof SIGNS }): JSX.Element {
  return line ? (
    <td className="jp-MlpipeDiff-line" data-mlpipe-line={kind}>
      <span className="jp-MlpipeDiff-sign">{SIGNS[kind]}</span>
      <LineText {...line} />
    </td>
  ) : (
    <td className="jp-MlpipeDiff-line" data-mlpipe-line="none" />
  );
}

function LineText({ text, changed }: ICodeLine): JSX.Element {
  return changed ? (
    <code>
      {text.slice(0, changed.start)}
      <span className="jp-MlpipeDiff-within">{text.slice(changed.start, changed.end)}</span>
      {text.slice(changed.end)}
    </code>
  ) : (
    <code>{text}</code>
  );
}
