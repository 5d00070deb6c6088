/** What is said of runs that were not started, or ended badly. */

import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { MlpipeError } from '../api/errors';
import type { ErrorInfo } from '../api/types';
import { formatDuration } from '../format';
import { reportError } from '../messages';
import { withoutPlace } from '../own_words';
import type { IEndedRun, PipelineModel } from '../pipelines/model';

/** Code of the error of a run that would cost more than a budget has left, where the budget asks. */
const ASKS_FOR_CONSENT = 'MP822';

/** Say that a run could not be started or cancelled, and lead to the cell that it is about. */
export function reportRefusal(thrown: unknown, model: PipelineModel | null, trans: TranslationBundle): void {
  const error = MlpipeError.from(thrown);
  const cell = model && cellOf(error, model);
  reportError(error, trans, cell ? [goTo(cell, model, trans)] : []);
}

/** Say how a run ended, where its user should know: badly, or while they looked elsewhere. */
export function reportEnd(ended: IEndedRun, model: PipelineModel, isShown: boolean, trans: TranslationBundle): void {
  const { run, stages } = ended.detail;
  if (!ended.mine) {
    return;
  }
  if (run.status === 'done') {
    if (!isShown) {
      Notification.success(trans.__('“%1” ran in %2.', run.pipeline, formatDuration(run.seconds)), {
        autoClose: 5000
      });
    }
    return;
  }
  if (run.status === 'cancelled') {
    Notification.info(trans.__('The run was cancelled. What had finished stays stored.'), { autoClose: 5000 });
    return;
  }
  const culprit = stages.find(stage => stage.status === 'failed' || stage.status === 'refused');
  const error = culprit?.error ?? run.error;
  const cell = culprit && model.stage(culprit.name)?.cells[0];
  const message = culprit
    ? trans.__(
        'Stage “%1” %2.',
        culprit.name,
        culprit.status === 'failed' ? trans.__('failed') : trans.__('was refused')
      )
    : trans.__('The run of “%1” did not finish.', run.pipeline);
  reportError(
    new MlpipeError({
      code: error?.code ?? '',
      message: `${message} ${withoutPlace(error?.message ?? culprit?.reason ?? '')}`,
      hint: error?.hint ?? '',
      details: error?.details ?? {}
    }),
    trans,
    [...(cell ? [goTo(cell, model, trans)] : []), ...consent(error, model, trans)]
  );
}

/** What a run that waits for consent to its cost offers: to go on all the same. */
function consent(
  error: ErrorInfo | null | undefined,
  model: PipelineModel,
  trans: TranslationBundle
): Notification.IAction[] {
  const budgets = error?.code === ASKS_FOR_CONSENT ? error.details.budgets : null;
  if (!Array.isArray(budgets)) {
    return [];
  }
  const callback = (): void => {
    model.runBeyond(budgets.map(String)).catch((thrown: unknown) => reportRefusal(thrown, model, trans));
  };
  return [{ label: trans.__('Run all the same'), callback, displayType: 'warn' }];
}

function goTo(cell: string, model: PipelineModel, trans: TranslationBundle): Notification.IAction {
  return { label: trans.__('Go to cell'), callback: () => model.goToCell(cell), displayType: 'accent' };
}

/** Id of the cell that an error is about, which errors name by place or by stage. */
function cellOf(error: MlpipeError, model: PipelineModel): string | null {
  const { cell, stage } = error.details;
  if (typeof cell === 'number') {
    return model.source.cells.find(({ index }) => index === cell)?.id ?? null;
  }
  return typeof stage === 'string' ? (model.stage(stage)?.cells[0] ?? null) : null;
}
