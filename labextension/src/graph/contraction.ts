/** The stages as a graph: which are drawn, and which of those each one follows. Not for where they are drawn. */

import type { StageInfo } from '../api/types';

/** A stage that is drawn. */
export interface IGraphNode {
  readonly stage: StageInfo;

  /** Names of the drawn stages that it follows, in notebook order. */
  readonly after: readonly string[];
}

/**
 * The nodes in notebook order, as `mlpipe graph` draws them.
 *
 * Without plain cells, a stage follows the stages that feed it through them.
 */
export function graphNodes(stages: readonly StageInfo[], withCells: boolean): readonly IGraphNode[] {
  const drawn = stages.filter(stage => withCells || !stage.implicit);
  const place = new Map(drawn.map((stage, index) => [stage.name, index]));
  const sources = new Map<string, ReadonlySet<string>>();
  // A stage follows only what stands above it, so one pass in notebook order finds all sources ready.
  for (const stage of stages) {
    const found = new Set<string>();
    for (const name of stage.after) {
      for (const source of place.has(name) ? [name] : (sources.get(name) ?? [])) {
        found.add(source);
      }
    }
    sources.set(stage.name, found);
  }
  const byPlace = (one: string, other: string) => (place.get(one) ?? 0) - (place.get(other) ?? 0);
  return drawn.map(stage => ({ stage, after: [...(sources.get(stage.name) ?? [])].sort(byPlace) }));
}
