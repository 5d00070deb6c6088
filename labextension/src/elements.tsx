/** Small pieces of interface that several parts draw. Not for what any of them knows of pipelines beyond a state. */

import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ErrorInfo } from './api/types';
import { formatDuration, formatTime, formatWhen } from './format';
import { type Mark, markIcons } from './icons';
import { markWord } from './words';

/** The mark of a state, with its word for whoever cannot see it. */
export function StateMark(props: { mark: Mark; trans: TranslationBundle }): JSX.Element {
  const { mark, trans } = props;
  const Icon = markIcons[mark].react;
  return (
    <span
      className="jp-MlpipeMark"
      data-mlpipe-state={mark}
      role="img"
      aria-label={markWord(mark, trans)}
      title={markWord(mark, trans)}
    >
      <Icon tag={null} />
    </span>
  );
}

/** A way out of an empty place. */
export interface IAction {
  readonly label: string;
  readonly run: () => void;
}

/** What stands where there is nothing yet: why, and what to do next. */
export function EmptyState(props: {
  icon: LabIcon;
  title: string;
  actions?: readonly IAction[];
  children?: React.ReactNode;
}): JSX.Element {
  return (
    <div className="jp-MlpipeEmpty">
      <props.icon.react tag="span" className="jp-MlpipeEmpty-icon" />
      <div className="jp-MlpipeEmpty-title">{props.title}</div>
      {props.children && <p className="jp-MlpipeEmpty-text">{props.children}</p>}
      {props.actions?.map(action => (
        <button key={action.label} type="button" className="jp-MlpipeButton" onClick={action.run}>
          {action.label}
        </button>
      ))}
    </div>
  );
}

/** What went wrong, with its code and the way out. */
export function ErrorNote(props: { error: ErrorInfo; action?: IAction | undefined }): JSX.Element {
  const { error, action } = props;
  return (
    <div className="jp-MlpipeError" role="alert">
      {error.code.startsWith('MP') && <span className="jp-MlpipeError-code">{error.code}</span>}
      <span className="jp-MlpipeError-message">{error.message}</span>
      {error.hint && <div className="jp-MlpipeError-hint">{error.hint}</div>}
      {action && (
        <button type="button" className="jp-MlpipeLink" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  );
}

/** The language that times and numbers are said in: JupyterLab's own, not the browser's. */
export const LocaleContext = React.createContext<string | undefined>(undefined);

/** The language of JupyterLab as the browser's own formatters take it. */
export function localeOf(translator: ITranslator): string | undefined {
  const [locale] = Intl.getCanonicalLocales(translator.languageCode.replace('_', '-'));
  return locale;
}

/** How long ago a time was, with the time itself for the pointer. */
export function When(props: { time: number }): JSX.Element {
  const locale = React.useContext(LocaleContext);
  const now = useNow(20_000);
  return (
    <time dateTime={new Date(props.time * 1000).toISOString()} title={formatTime(props.time, locale)}>
      {formatWhen(props.time, now, locale)}
    </time>
  );
}

/** How long something that goes on has taken, counted on every second. */
export function Elapsed(props: { since: number }): JSX.Element {
  const now = useNow(1000);
  return <>{formatDuration(Math.max(now - props.since, 0))}</>;
}

/** The time in seconds since the epoch; whoever uses it is drawn again when so many milliseconds have passed. */
export function useNow(every: number): number {
  const [now, setNow] = React.useState(() => Date.now() / 1000);
  React.useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
