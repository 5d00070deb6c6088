/** The REST API, one typed method an operation. Not for keeping or merging what it says: models do that. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator, type TranslationBundle } from '@jupyterlab/translation';

import { TRANSLATION_DOMAIN } from '../tokens';
import { MlpipeError } from './errors';
import type { Body, OperationId, Query, Reply } from './types';

const BASE = 'mlpipe/api/v1';

type QueryValue = string | number | boolean | null | undefined;

/**
 * Talks to our server extension.
 *
 * Every method throws an `MlpipeError`, and nothing else, where it cannot give what it promises.
 */
export class MlpipeClient {
  constructor(
    private readonly settings: ServerConnection.ISettings,
    private readonly trans: TranslationBundle = nullTranslator.load(TRANSLATION_DOMAIN)
  ) {}

  serverInfo(): Promise<Reply<'server_info'>> {
    return this.get<'server_info'>(['server']);
  }

  analyseNotebook(body: Body<'analyse_notebook'>): Promise<Reply<'analyse_notebook'>> {
    return this.post<'analyse_notebook'>(['analysis'], body);
  }

  stageLine(query: Query<'stage_line'> = {}): Promise<Reply<'stage_line'>> {
    return this.get<'stage_line'>(['stage-line'], query);
  }

  copyTutorial(body: Body<'copy_tutorial'> = {}): Promise<Reply<'copy_tutorial'>> {
    return this.post<'copy_tutorial'>(['tutorial'], body);
  }

  writeDebugNotebook(body: Body<'write_debug_notebook'>): Promise<Reply<'write_debug_notebook'>> {
    return this.post<'write_debug_notebook'>(['debug-notebook'], body);
  }

  listRuns(query: Query<'list_runs'>): Promise<Reply<'list_runs'>> {
    return this.get<'list_runs'>(['runs'], query);
  }

  startRun(body: Body<'start_run'>): Promise<Reply<'start_run'>> {
    return this.post<'start_run'>(['runs'], body);
  }

  showRun(run: string, query: Query<'show_run'>): Promise<Reply<'show_run'>> {
    return this.get<'show_run'>(['runs', run], query);
  }

  followRun(run: string, query: Query<'follow_run'>): Promise<Reply<'follow_run'>> {
    return this.get<'follow_run'>(['runs', run, 'events'], query);
  }

  runOutputs(run: string, query: Query<'run_outputs'>): Promise<Reply<'run_outputs'>> {
    return this.get<'run_outputs'>(['runs', run, 'outputs'], query);
  }

  cancelRun(run: string, body: Body<'cancel_run'>): Promise<Reply<'cancel_run'>> {
    return this.post<'cancel_run'>(['runs', run, 'cancel'], body);
  }

  copyExecuted(run: string, body: Body<'copy_executed'>): Promise<Reply<'copy_executed'>> {
    return this.post<'copy_executed'>(['runs', run, 'notebook'], body);
  }

  compareRuns(run: string, other: string, query: Query<'compare_runs'>): Promise<Reply<'compare_runs'>> {
    return this.get<'compare_runs'>(['runs', run, 'compare', other], query);
  }

  stageValues(run: string, stage: string, query: Query<'stage_values'>): Promise<Reply<'stage_values'>> {
    return this.get<'stage_values'>(['runs', run, 'stages', stage, 'values'], query);
  }

  stageVersions(stage: string, query: Query<'stage_versions'>): Promise<Reply<'stage_versions'>> {
    return this.get<'stage_versions'>(['stages', stage, 'versions'], query);
  }

  stageVerdicts(run: string, stage: string, query: Query<'stage_verdicts'>): Promise<Reply<'stage_verdicts'>> {
    return this.get<'stage_verdicts'>(['runs', run, 'stages', stage, 'verdicts'], query);
  }

  listModels(query: Query<'list_models'>): Promise<Reply<'list_models'>> {
    return this.get<'list_models'>(['models'], query);
  }

  refreshModels(body: Body<'refresh_models'>): Promise<Reply<'refresh_models'>> {
    return this.post<'refresh_models'>(['models', 'refresh'], body);
  }

  showModelVersion(
    model: string,
    version: number,
    query: Query<'show_model_version'>
  ): Promise<Reply<'show_model_version'>> {
    return this.get<'show_model_version'>(['models', model, 'versions', String(version)], query);
  }

  checkPromotion(model: string, version: number, query: Query<'check_promotion'>): Promise<Reply<'check_promotion'>> {
    return this.get<'check_promotion'>(['models', model, 'versions', String(version), 'check'], query);
  }

  promoteModel(model: string, version: number, body: Body<'promote_model'>): Promise<Reply<'promote_model'>> {
    return this.post<'promote_model'>(['models', model, 'versions', String(version), 'promote'], body);
  }

  approveModel(model: string, version: number, body: Body<'approve_model'>): Promise<Reply<'approve_model'>> {
    return this.post<'approve_model'>(['models', model, 'versions', String(version), 'approve'], body);
  }

  deprecateModel(model: string, version: number, body: Body<'deprecate_model'>): Promise<Reply<'deprecate_model'>> {
    return this.post<'deprecate_model'>(['models', model, 'versions', String(version), 'deprecate'], body);
  }

  rollBackModel(model: string, body: Body<'roll_back_model'>): Promise<Reply<'roll_back_model'>> {
    return this.post<'roll_back_model'>(['models', model, 'rollback'], body);
  }

  listAlerts(query: Query<'list_alerts'>): Promise<Reply<'list_alerts'>> {
    return this.get<'list_alerts'>(['alerts'], query);
  }

  showAlert(alert: string, query: Query<'show_alert'>): Promise<Reply<'show_alert'>> {
    return this.get<'show_alert'>(['alerts', alert], query);
  }

  acknowledgeAlert(alert: string, body: Body<'acknowledge_alert'>): Promise<Reply<'acknowledge_alert'>> {
    return this.post<'acknowledge_alert'>(['alerts', alert, 'acknowledge'], body);
  }

  silenceAlert(alert: string, body: Body<'silence_alert'>): Promise<Reply<'silence_alert'>> {
    return this.post<'silence_alert'>(['alerts', alert, 'silence'], body);
  }

  listPanels(): Promise<Reply<'list_panels'>> {
    return this.get<'list_panels'>(['panels']);
  }

  drawPanel(panel: string, query: Query<'draw_panel'>): Promise<Reply<'draw_panel'>> {
    return this.get<'draw_panel'>(['panels', panel], query);
  }

  private get<Id extends OperationId>(
    segments: readonly string[],
    query: Readonly<Record<string, QueryValue>> = {}
  ): Promise<Reply<Id>> {
    return this.request<Reply<Id>>(this.address(segments, query), { method: 'GET' });
  }

  private post<Id extends OperationId>(segments: readonly string[], body: unknown): Promise<Reply<Id>> {
    return this.request<Reply<Id>>(this.address(segments), { method: 'POST', body: JSON.stringify(body) });
  }

  /** The address of a path, whose segments may hold any character; what the query leaves out or gives as null is not sent. */
  private address(segments: readonly string[], query: Readonly<Record<string, QueryValue>> = {}): string {
    const path = URLExt.join(this.settings.baseUrl, BASE, ...segments.map(encodeURIComponent));
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) {
        given.set(name, String(value));
      }
    }
    return given.size ? `${path}?${given}` : path;
  }

  private async request<Content>(address: string, init: RequestInit): Promise<Content> {
    let reply: Response;
    let text: string;
    try {
      reply = await ServerConnection.makeRequest(address, init, this.settings);
      text = await reply.text();
    } catch {
      throw MlpipeError.unreachable(this.trans);
    }
    const body = parsed(text);
    if (!reply.ok) {
      throw MlpipeError.ofReply(reply.status, body, this.trans);
    }
    if (body === undefined) {
      throw MlpipeError.foreign(reply.status, body, this.trans);
    }
    return body as Content;
  }
}

/** What a JSON text says; undefined where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
