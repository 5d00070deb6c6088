/** What differs: values before and after in a small table, or words. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IChangeText, IDifferenceGroup } from './model';

export interface IChangesProps {
  readonly title: string;
  readonly changes: readonly IChangeText[];

  /** What stands where a side has no value. */
  readonly absent?: string;
  readonly trans: TranslationBundle;
}

export function ChangesTable(props: IChangesProps): JSX.Element {
  const { title, changes, trans, absent = trans.__('none') } = props;
  const hasDifferences = changes.some(change => change.difference);
  return (
    <table className="jp-MlpipeChanges">
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <th scope="col">{trans.__('Before')}</th>
          <th aria-hidden />
          <th scope="col">{trans.__('After')}</th>
          {hasDifferences && <th scope="col">{trans.__('Difference')}</th>}
        </tr>
      </thead>
      <tbody>
        {changes.map(({ name, before, after, difference }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <ChangedValue text={before} absent={absent} />
            <td className="jp-MlpipeChanges-arrow" aria-hidden>
              →
            </td>
            <ChangedValue text={after} absent={absent} />
            {hasDifferences && <td className="jp-MlpipeChanges-difference">{difference}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ChangedValue({ text, absent }: { text: string; absent: string }): JSX.Element {
  return <td className="jp-MlpipeChanges-value">{text || <em>{absent}</em>}</td>;
}

/** What differs, in words. */
export function DifferenceWords({ groups }: { groups: readonly IDifferenceGroup[] }): JSX.Element | null {
  return groups.length ? (
    <dl className="jp-MlpipeComparison-words">
      {groups.map(({ title, texts }) => (
        <React.Fragment key={title}>
          <dt>{title}</dt>
          {texts.map(text => (
            <dd key={text}>{text}</dd>
          ))}
        </React.Fragment>
      ))}
    </dl>
  ) : null;
}
