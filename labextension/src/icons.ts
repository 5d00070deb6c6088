/** The icons of this extension, and one mark for each state that a stage or a run can be in. Not for their colours: `style/marks.css` has those. */

import { LabIcon } from '@jupyterlab/ui-components';

import type { RunStatus, StageState, StageStatus } from './api/types';

/** Stages that feed each other: the sidebar, the launcher, everything about pipelines. */
export const pipelineIcon = new LabIcon({
  name: 'mlpipe:pipeline',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M5 2h6a2 2 0 0 1 2 2v2a2 2 0 0 1-2 2H9v3h4.2A3 3 0 0 1 19 11v0a3 3 0 0 1-5.8 2H9v3h2a2 2 0 0 1 2 2v2a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-2a2 2 0 0 1 2-2h2V8H5a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2Z"/>
</svg>`
});

/** A model: a box that things go into and come out of. */
export const modelIcon = new LabIcon({
  name: 'mlpipe:model',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <path class="jp-icon3 jp-icon-selectable" fill="#616161" fill-rule="evenodd" d="m12 2 9 4.8v10.4L12 22l-9-4.8V6.8L12 2Zm0 2.3L6.2 7.4 12 10.5l5.8-3.1L12 4.3ZM5 9v7l6 3.2v-7L5 9Zm8 10.2L19 16V9l-6 3.2v7Z"/>
</svg>`
});

/** Two things side by side. */
export const compareIcon = new LabIcon({
  name: 'mlpipe:compare',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <path class="jp-icon3 jp-icon-selectable" fill="#616161" fill-rule="evenodd" d="M4 4h6a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1Zm1 2v12h4V6H5Zm9-2h6a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1Z"/>
</svg>`
});

/** Each in the place of the other. */
export const swapIcon = new LabIcon({
  name: 'mlpipe:swap',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M8 3.5 3 8l5 4.5V9h9V7H8V3.5Zm8 8V15H7v2h9v3.5l5-4.5-5-4.5Z"/>
</svg>`
});

/** How a stage or a run stands, by whichever of their vocabularies. */
export type Mark = StageState | StageStatus | RunStatus;

const CHECK_IN_DISC = 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-2 15-5-5 1.4-1.4 3.6 3.6 7.6-7.6L19 8l-9 9Z';
const CHECK_IN_RING =
  'm16.6 7.6-6.6 6.6-3.6-3.6L5 12l5 5 8-8-1.4-1.4ZM12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16Z';
const CROSS_IN_DISC =
  'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm5 13.6L15.6 17 12 13.4 8.4 17 7 15.6l3.6-3.6L7 8.4 8.4 7l3.6 3.6L15.6 7 17 8.4 13.4 12l3.6 3.6Z';
const NO_ENTRY = 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm5 11.25H7v-2.5h10v2.5Z';
const SLASHED_RING =
  'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20ZM4 12a8 8 0 0 1 12.9-6.3L5.7 16.9A7.9 7.9 0 0 1 4 12Zm8 8a7.9 7.9 0 0 1-4.9-1.7L18.3 7.1A8 8 0 0 1 12 20Z';
const CLOCK =
  'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16Zm.75-13h-1.5v5.9l5 3 .8-1.2-4.3-2.6V7Z';
const BROKEN_RING = 'M12 2v2.5A7.5 7.5 0 1 0 19.5 12H22A10 10 0 1 1 12 2Z';

/** The path that draws each mark, in a box of 24 by 24. */
export const MARK_PATHS: Readonly<Record<Mark, string>> = {
  never: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16Z',
  cached: CHECK_IN_DISC,
  done: CHECK_IN_DISC,
  restored: CHECK_IN_RING,
  hit: CHECK_IN_RING,
  stale: 'M17.7 6.3A8 8 0 1 0 19.7 14h-2.1A6 6 0 1 1 12 6c1.7 0 3.1.7 4.2 1.8L13 11h7V4l-2.3 2.3Z',
  queued: CLOCK,
  running: BROKEN_RING,
  failed: CROSS_IN_DISC,
  refused: NO_ENTRY,
  cancelled: SLASHED_RING,
  interrupted: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm1.2 15h-2.4v-2.4h2.4V17Zm0-4.2h-2.4V7h2.4v5.8Z',
  skipped: 'M7 11v2h10v-2H7Zm5-9a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16Z'
};

/** The mark of each state as an icon; it takes the colour of the text around it. */
export const markIcons = Object.fromEntries(
  Object.entries(MARK_PATHS).map(([mark, path]) => [
    mark,
    new LabIcon({
      name: `mlpipe:mark-${mark}`,
      svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24"><path fill="currentColor" fill-rule="evenodd" d="${path}"/></svg>`
    })
  ])
) as Readonly<Record<Mark, LabIcon>>;
