/** The panels that the server's packages offer, and the one that is shown. Knows no DOM and draws nothing. */

import { type ISignal, Signal } from '@lumino/signaling';

import { MlpipeError } from '../api/errors';
import type { PanelContent, PanelInfo } from '../api/types';
import type { IMlpipeClient } from '../tokens';

/** What the model asks the server. */
export type PanelsClient = Pick<IMlpipeClient, 'listPanels' | 'drawPanel'>;

export class PanelsModel {
  constructor(private readonly client: PanelsClient) {}

  /** The panels, by title; none before the first answer. */
  get panels(): readonly PanelInfo[] {
    return this.offered;
  }

  /** Id of the panel that is shown; null where there is none. */
  get chosen(): string | null {
    return this.choice;
  }

  /** The notebook or folder whose workspace is shown; null where there is none to be shown. */
  get path(): string | null {
    return this.place;
  }

  /** The chosen panel as it was drawn last; null before that. */
  get content(): PanelContent | null {
    return this.drawn;
  }

  /** Why there is no content. */
  get error(): MlpipeError | null {
    return this.problem;
  }

  /** Whether an answer is waited for. */
  get busy(): boolean {
    return this.waiting;
  }

  /** Something of the above has changed. */
  get changed(): ISignal<this, void> {
    return this.change;
  }

  /** Show another panel. */
  async choose(id: string): Promise<void> {
    if (id !== this.choice) {
      this.choice = id;
      this.drawn = null;
      await this.refresh();
    }
  }

  /** Show the workspace that a notebook or folder belongs to; null where there is none to be shown. */
  async look(path: string | null): Promise<void> {
    if (path !== this.place) {
      this.place = path;
      await this.refresh();
    }
  }

  /** Draw the panel anew. The newest question counts, in whatever order answers come. */
  async refresh(): Promise<void> {
    this.question += 1;
    const asked = this.question;
    this.waiting = true;
    this.change.emit();
    let drawn: PanelContent | null = null;
    let problem: MlpipeError | null = null;
    try {
      if (!this.offered.length) {
        this.offered = (await this.client.listPanels()).panels;
        this.choice ??= this.offered[0]?.id ?? null;
      }
      if (this.choice !== null && this.place !== null) {
        drawn = await this.client.drawPanel(this.choice, { path: this.place });
      }
    } catch (error) {
      problem = MlpipeError.from(error);
    }
    if (asked === this.question) {
      this.drawn = drawn;
      this.problem = problem;
      this.waiting = false;
      this.change.emit();
    }
  }

  private offered: readonly PanelInfo[] = [];
  private choice: string | null = null;
  private place: string | null = null;
  private drawn: PanelContent | null = null;
  private problem: MlpipeError | null = null;
  private waiting = false;
  private question = 0;
  private readonly change = new Signal<this, void>(this);
}
