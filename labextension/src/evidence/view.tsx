/** Draws evidence, and checks with theirs. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { CheckInfo } from '../api/types';
import { LocaleContext, StateMark } from '../elements';
import { type Evidence, evidenceOf, fieldName } from './evidence';

/** Any JSON as a table, as names and values, or as text; `fallback` where there is nothing in it. */
export function EvidenceView(props: {
  value: unknown;
  trans: TranslationBundle;
  fallback?: string;
}): JSX.Element | null {
  const { value, trans, fallback } = props;
  const locale = React.useContext(LocaleContext);
  const evidence = React.useMemo(() => evidenceOf(value, locale), [value, locale]);
  if (!evidence) {
    return fallback ? <p className="jp-MlpipeEvidence-none">{fallback}</p> : null;
  }
  return (
    <div className="jp-MlpipeEvidence">
      <Piece evidence={evidence} trans={trans} />
    </div>
  );
}

function Piece({ evidence, trans }: { evidence: Evidence; trans: TranslationBundle }): JSX.Element {
  switch (evidence.kind) {
    case 'text':
      return <>{evidence.text}</>;
    case 'pairs':
      return (
        <dl>
          {evidence.pairs.map(([name, value]) => (
            <div key={name} className={value.kind === 'text' ? undefined : 'jp-mod-block'}>
              <dt>{fieldName(name)}</dt>
              <dd>
                <Piece evidence={value} trans={trans} />
              </dd>
            </div>
          ))}
        </dl>
      );
    case 'table':
      return <EvidenceTable evidence={evidence} trans={trans} />;
  }
}

function EvidenceTable(props: {
  evidence: Extract<Evidence, { kind: 'table' }>;
  trans: TranslationBundle;
}): JSX.Element {
  const { evidence, trans } = props;
  const { columns, rows, left } = evidence;
  const isNumeric = (column: number): boolean =>
    rows.every(row => {
      const cell = row[column];
      return cell?.kind === 'text' && (cell.isNumber || cell.text === '');
    });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="jp-MlpipeEvidence-scroll" tabIndex={0} aria-label={trans.__('Table')}>
      <table>
        {columns.length > 0 && (
          <thead>
            <tr>
              {columns.map((column, index) => (
                <th key={column} scope="col" className={isNumeric(index) ? 'jp-mod-number' : undefined}>
                  {fieldName(column)}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map((row, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity, and never move
            <tr key={place}>
              {row.map((cell, index) => (
                <td
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  key={index}
                  className={isNumeric(index) ? 'jp-mod-number' : undefined}
                >
                  <Piece evidence={cell} trans={trans} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 && <p className="jp-MlpipeEvidence-none">{trans._n('and %1 more row', 'and %1 more rows', left)}</p>}
    </section>
  );
}

/** Checks, each with its evidence to be unfolded; open where they did not pass, or where one is asked for. */
export function CheckList(props: {
  checks: readonly CheckInfo[];
  trans: TranslationBundle;
  open?: string | null;
}): JSX.Element {
  const { checks, trans, open = null } = props;
  const showsStage = new Set(checks.map(({ stage }) => stage)).size > 1;
  return (
    <ul className="jp-MlpipeChecks">
      {checks.map(check => (
        <li key={`${check.stage} ${check.gate}`} data-mlpipe-check={check.gate} data-mlpipe-passed={check.passed}>
          <Check
            check={check}
            trans={trans}
            isOpen={open === null ? !check.passed : open === check.gate}
            showsStage={showsStage}
          />
        </li>
      ))}
    </ul>
  );
}

interface ICheckProps {
  readonly check: CheckInfo;
  readonly trans: TranslationBundle;
  readonly isOpen: boolean;
  readonly showsStage: boolean;
}

function Check({ check, trans, isOpen, showsStage }: ICheckProps): JSX.Element {
  const { gate, passed, text, stage, evidence } = check;
  const line = (
    <>
      <StateMark mark={passed ? 'done' : 'refused'} trans={trans} />
      <span className="jp-MlpipeChecks-line">
        {showsStage && stage && <span className="jp-MlpipeChecks-stage">{stage}</span>}
        {!text.startsWith(gate) && <code>{gate}</code>}
        {text && <span>{text}</span>}
        {!text && <span>{passed ? trans.__('holds') : trans.__('does not hold')}</span>}
      </span>
    </>
  );
  if (!evidenceOf(evidence)) {
    return <div className="jp-MlpipeChecks-head">{line}</div>;
  }
  return (
    <details open={isOpen}>
      <summary className="jp-MlpipeChecks-head">{line}</summary>
      <EvidenceView value={evidence} trans={trans} />
    </details>
  );
}
