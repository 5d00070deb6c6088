"use strict";(self.rspackChunk_jupyter_mlpipe_labextension=self.rspackChunk_jupyter_mlpipe_labextension||[]).push([["style_index_js"],{"./node_modules/css-loader/dist/cjs.js!./style/base.css"(e,o,p){var r=p("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=p.n(r),t=p("./node_modules/css-loader/dist/runtime/api.js"),a=p.n(t),l=p("./node_modules/css-loader/dist/cjs.js!./style/marks.css"),n=p("./node_modules/css-loader/dist/cjs.js!./style/elements.css"),s=p("./node_modules/css-loader/dist/cjs.js!./style/graph.css"),d=p("./node_modules/css-loader/dist/cjs.js!./style/sidebar.css"),c=p("./node_modules/css-loader/dist/cjs.js!./style/panels.css"),u=p("./node_modules/css-loader/dist/cjs.js!./style/stages.css"),j=p("./node_modules/css-loader/dist/cjs.js!./style/stage_line.css"),m=p("./node_modules/css-loader/dist/cjs.js!./style/running.css"),f=p("./node_modules/css-loader/dist/cjs.js!./style/values.css"),h=a()(i());h.i(l.A),h.i(n.A),h.i(s.A),h.i(d.A),h.i(c.A),h.i(u.A),h.i(j.A),h.i(m.A),h.i(f.A),h.push([e.id,"/* Classes are named `jp-Mlpipe…`; colours are the theme's variables alone. Each part has a file of its own. */\n",""]),p.d(o,{},{A:h})},"./node_modules/css-loader/dist/cjs.js!./style/elements.css"(e,o,p){var r=p("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=p.n(r),t=p("./node_modules/css-loader/dist/runtime/api.js"),a=(p.n(t))()(i());a.push([e.id,`/* Small pieces that several parts draw: empty places, errors, links, progress. */

.jp-MlpipeEmpty {
  display: flex;
  flex-direction: column;
  align-items: center;
  gap: 8px;
  padding: 24px 20px;
  text-align: center;
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size1);
  line-height: 1.5;
}

.jp-MlpipeEmpty-icon {
  display: flex;
  opacity: 0.55;
}

.jp-MlpipeEmpty-icon svg {
  width: 32px;
  height: 32px;
}

.jp-MlpipeEmpty-title {
  color: var(--jp-ui-font-color1);
  font-weight: 600;
}

.jp-MlpipeEmpty-text {
  max-width: 32em;
  margin: 0;
}

.jp-MlpipeEmpty code {
  padding: 1px 4px;
  border-radius: 3px;
  background: var(--jp-layout-color2);
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-code-font-family);
  font-size: 0.92em;
  white-space: nowrap;
}

.jp-MlpipeEmpty-action.jp-mod-styled {
  height: 28px;
  line-height: 28px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  color: var(--jp-content-link-color);
}

.jp-MlpipeEmpty-action.jp-mod-styled:hover {
  background: var(--jp-layout-color2);
}

.jp-MlpipeWaiting {
  padding: 24px 20px;
  text-align: center;
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeError {
  margin: 8px 12px;
  padding: 6px 10px;
  border-left: 3px solid var(--jp-error-color1);
  border-radius: 2px;
  background: var(--jp-layout-color2);
  color: var(--jp-ui-font-color1);
  line-height: 1.45;
  overflow-wrap: anywhere;
}

.jp-MlpipeError-code {
  margin-right: 6px;
  color: var(--jp-error-color1);
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-ui-font-size0);
  font-weight: 600;
}

.jp-MlpipeError-hint {
  margin-top: 2px;
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeLink {
  padding: 0;
  border: 0;
  background: none;
  color: var(--jp-content-link-color);
  font: inherit;
  cursor: pointer;
}

.jp-MlpipeLink:hover:not(:disabled) {
  text-decoration: underline;
}

.jp-MlpipeLink:focus-visible {
  outline: var(--jp-focus-outline-width) solid var(--jp-focus-outline-color);
}

.jp-MlpipeLink:disabled {
  color: var(--jp-ui-font-color3);
  cursor: default;
}

.jp-MlpipeProgress {
  display: block;
  width: 100%;
  height: 3px;
  margin-top: 8px;
  border: 0;
  border-radius: 2px;
  overflow: hidden;
  appearance: none;
  background: var(--jp-layout-color3);
}

.jp-MlpipeProgress::-webkit-progress-bar {
  background: var(--jp-layout-color3);
}

.jp-MlpipeProgress::-webkit-progress-value {
  background: var(--jp-brand-color1);
  transition: width 0.3s;
}

.jp-MlpipeProgress::-moz-progress-bar {
  background: var(--jp-brand-color1);
}
`,""]),p.d(o,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/graph.css"(e,o,p){var r=p("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=p.n(r),t=p("./node_modules/css-loader/dist/runtime/api.js"),a=(p.n(t))()(i());a.push([e.id,`/* The graph of a pipeline, and what stands over it. */

.jp-MlpipePipeline {
  display: flex;
  flex-direction: column;
  min-height: 0;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipeHeader {
  flex: none;
  padding: 8px 12px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-MlpipeHeader .jp-MlpipeError {
  margin: 8px 0 0;
}

.jp-MlpipeHeader-line {
  display: flex;
  align-items: center;
  gap: 8px;
}

.jp-MlpipeHeader-text {
  flex: 1;
  min-width: 0;
}

.jp-MlpipeHeader-name {
  overflow: hidden;
  font-weight: 600;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.jp-MlpipeHeader-summary {
  overflow: hidden;
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  text-overflow: ellipsis;
  white-space: nowrap;
}

.jp-MlpipeHeader-run.jp-mod-styled {
  display: flex;
  flex: none;
  align-items: center;
  gap: 4px;
  height: 26px;
  padding: 0 10px 0 6px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  background: none;
  line-height: 26px;
}

.jp-MlpipeHeader-run.jp-mod-styled:hover {
  background: var(--jp-layout-color2);
}

.jp-MlpipeHeader-run svg {
  display: block;
}

.jp-MlpipeGraph {
  position: relative;
  flex: 1;
  min-height: 0;
}

.jp-MlpipeGraph-pane {
  position: absolute;
  inset: 0;
  overflow: auto;

  /* A ground that is opaque is what lets browsers scroll this without painting it anew. */
  background: var(--jp-layout-color1);
  will-change: scroll-position;
}

.jp-MlpipeGraph-canvas {
  margin: 0 auto;
  overflow: hidden;
}

.jp-MlpipeGraph-plane {
  position: relative;
  transform-origin: 0 0;
}

.jp-MlpipeGraph-edges {
  position: absolute;
  inset: 0;
}

.jp-MlpipeGraph-edge {
  fill: none;
  stroke: var(--jp-border-color0);
  stroke-width: 1.5px;
}

.jp-MlpipeGraph-edge[data-mlpipe-edge="near"] {
  stroke: var(--jp-brand-color2);
  stroke-width: 2px;
}

.jp-MlpipeGraph-edge[data-mlpipe-edge="running"] {
  stroke: var(--jp-brand-color1);
  stroke-width: 2px;
  stroke-dasharray: 5 4;
  animation: jp-MlpipeGraph-flow 0.9s linear infinite;
}

@keyframes jp-MlpipeGraph-flow {
  to {
    stroke-dashoffset: -9px;
  }
}

.jp-MlpipeGraph-node {
  position: absolute;
  top: 0;
  left: 0;
  display: flex;
  align-items: center;
  gap: 8px;
  box-sizing: border-box;
  padding: 0 10px;
  border: 1px solid var(--jp-border-color1);
  border-radius: 8px;
  overflow: hidden;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
  text-align: left;
  cursor: pointer;
}

.jp-MlpipeGraph-node:hover {
  border-color: var(--jp-border-color0);
  background: var(--jp-layout-color2);
}

.jp-MlpipeGraph-node[data-mlpipe-state="running"],
.jp-MlpipeGraph-node[data-mlpipe-state="failed"],
.jp-MlpipeGraph-node[data-mlpipe-state="refused"] {
  border-color: var(--jp-mlpipe-state-color);
}

.jp-MlpipeGraph-node[data-mlpipe-implicit] {
  border-style: dashed;
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeGraph-node[aria-current] {
  border-color: var(--jp-brand-color1);
  box-shadow: 0 0 0 1px var(--jp-brand-color1);
}

.jp-MlpipeGraph-node:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: 2px;
}

.jp-MlpipeGraph-nodeText {
  display: flex;
  flex: 1;
  flex-direction: column;
  min-width: 0;
  line-height: 1.35;
}

.jp-MlpipeGraph-nodeName,
.jp-MlpipeGraph-nodeDetail {
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.jp-MlpipeGraph-nodeName {
  font-weight: 500;
}

.jp-MlpipeGraph-nodeDetail {
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  font-variant-numeric: tabular-nums;
}

.jp-MlpipeGraph-nodeProgress {
  position: absolute;
  right: 0;
  bottom: 0;
  left: 0;
  height: 2px;
  background: var(--jp-brand-color1);
  transform-origin: 0 0;
  animation: jp-MlpipeGraph-fill linear both;
}

@keyframes jp-MlpipeGraph-fill {
  from {
    transform: scaleX(0);
  }

  to {
    transform: scaleX(1);
  }
}

.jp-MlpipeZoom {
  position: absolute;
  right: 12px;
  bottom: 12px;
  display: flex;
  flex-direction: column;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-radius: 6px;
  overflow: hidden;
  background: var(--jp-layout-color1);
  box-shadow: var(--jp-elevation-z2);
}

.jp-MlpipeZoom .jp-Button {
  display: flex;
  align-items: center;
  justify-content: center;
  width: 26px;
  height: 26px;
  min-height: 0;
  padding: 0;
}

@media (prefers-reduced-motion: reduce) {
  .jp-MlpipeGraph-edge[data-mlpipe-edge="running"],
  .jp-MlpipeGraph-nodeProgress {
    animation: none;
  }

  .jp-MlpipeGraph-nodeProgress {
    transform: scaleX(0);
  }
}
`,""]),p.d(o,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/marks.css"(e,o,p){var r=p("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=p.n(r),t=p("./node_modules/css-loader/dist/runtime/api.js"),a=(p.n(t))()(i());a.push([e.id,`/* One colour a state, wherever a stage or a run stands: whatever carries \`data-mlpipe-state\` may use it. */

[data-mlpipe-state] {
  --jp-mlpipe-state-color: var(--jp-ui-font-color2);
}

[data-mlpipe-state="never"],
[data-mlpipe-state="skipped"],
[data-mlpipe-state="cancelled"] {
  --jp-mlpipe-state-color: var(--jp-ui-font-color3);
}

[data-mlpipe-state="cached"],
[data-mlpipe-state="restored"],
[data-mlpipe-state="done"],
[data-mlpipe-state="hit"] {
  --jp-mlpipe-state-color: var(--jp-success-color1);
}

[data-mlpipe-state="stale"],
[data-mlpipe-state="interrupted"] {
  --jp-mlpipe-state-color: var(--jp-warn-color1);
}

[data-mlpipe-state="running"] {
  --jp-mlpipe-state-color: var(--jp-brand-color1);
}

[data-mlpipe-state="failed"],
[data-mlpipe-state="refused"] {
  --jp-mlpipe-state-color: var(--jp-error-color1);
}

.jp-MlpipeMark {
  display: inline-flex;
  flex: none;
  color: var(--jp-mlpipe-state-color);
}

.jp-MlpipeMark svg {
  display: block;
}

.jp-MlpipeMark[data-mlpipe-state="running"] svg {
  animation: jp-MlpipeMark-turn 1.2s linear infinite;
}

@keyframes jp-MlpipeMark-turn {
  to {
    transform: rotate(1turn);
  }
}

@media (prefers-reduced-motion: reduce) {
  .jp-MlpipeMark[data-mlpipe-state="running"] svg {
    animation: none;
  }
}
`,""]),p.d(o,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/panels.css"(e,o,p){var r=p("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=p.n(r),t=p("./node_modules/css-loader/dist/runtime/api.js"),a=(p.n(t))()(i());a.push([e.id,`/* Panels in the sidebar and in tabs: tables that packages draw, in the theme's words. */

.jp-MlpipePanel {
  overflow: auto;
  padding: 8px 12px;
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipePanel > * {
  max-width: 720px;
}

.jp-MlpipePanel-choice {
  min-width: 96px;
}

.jp-MlpipePanel-text p {
  margin: 0 0 8px;
  color: var(--jp-ui-font-color2);
}

.jp-MlpipePanel .jp-RenderedHTMLCommon {
  padding: 0;
  font-size: inherit;
}

.jp-MlpipePanel .jp-RenderedHTMLCommon table {
  width: 100%;
  margin: 0 0 12px;
  border-collapse: collapse;
  font-size: inherit;
  font-variant-numeric: tabular-nums;
}

.jp-MlpipePanel .jp-RenderedHTMLCommon :is(th, td) {
  max-width: none;
  padding: 4px 0;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  background: none;
  font-weight: normal;
  text-align: left;
}

.jp-MlpipePanel .jp-RenderedHTMLCommon th {
  color: var(--jp-ui-font-color2);
}

.jp-MlpipePanel .jp-RenderedHTMLCommon :is(th, td):last-child:not(:first-child) {
  text-align: right;
}
`,""]),p.d(o,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/running.css"(e,o,p){var r=p("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=p.n(r),t=p("./node_modules/css-loader/dist/runtime/api.js"),a=(p.n(t))()(i());a.push([e.id,`/* The run button of a notebook, the plan and the form for parameters. */

.jp-MlpipeRunButton-group {
  display: flex;
  align-items: center;
}

.jp-MlpipeRunButton button {
  position: relative;
  display: flex;
  align-items: center;
  gap: 4px;
  height: 24px;
  overflow: hidden;
  padding: 0 6px;
  border: none;
  border-radius: var(--jp-border-radius);
  background: transparent;
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
  font-variant-numeric: tabular-nums;
  white-space: nowrap;
  cursor: pointer;
}

.jp-MlpipeRunButton button:hover:not(:disabled) {
  background: var(--jp-layout-color2);
}

.jp-MlpipeRunButton button:focus-visible {
  outline: var(--jp-focus-outline-width) solid var(--jp-focus-outline-color);
  outline-offset: -2px;
}

.jp-MlpipeRunButton button:disabled {
  color: var(--jp-ui-font-color2);
  cursor: default;
}

.jp-MlpipeRunButton .jp-MlpipeRunButton-more {
  padding: 0 2px;
}

/* As wide as the words it changes to, so that the toolbar stands still. */
.jp-MlpipeRunButton-main {
  min-width: 112px;
}

.jp-MlpipeRunButton-icon {
  display: flex;
  flex: none;
}

.jp-MlpipeRunButton-main[data-mlpipe-broken]::after {
  width: 6px;
  height: 6px;
  border-radius: 50%;
  background: var(--jp-error-color1);
  content: "";
}

.jp-MlpipeRunButton-bar {
  position: absolute;
  bottom: 0;
  left: 0;
  height: 2px;
  background: var(--jp-brand-color1);
  transition: width 200ms ease-out;
}

/* -- tables --------------------------------------------------------------------------------------------------------- */

.jp-MlpipeTable {
  width: 100%;
  border-collapse: collapse;
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipeTable th,
.jp-MlpipeTable td {
  padding: 4px 12px 4px 0;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color3);
  font-weight: normal;
  text-align: left;
  vertical-align: baseline;
}

.jp-MlpipeTable thead th {
  position: sticky;
  top: 0;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color2);
  font-size: 12px;
  white-space: nowrap;
}

.jp-MlpipeTable tbody th {
  font-weight: 600;
  white-space: nowrap;
}

.jp-MlpipeTable tbody th em {
  color: var(--jp-ui-font-color2);
  font-weight: normal;
}

.jp-MlpipeTable .jp-MlpipeMark {
  margin-right: 6px;
  vertical-align: -2px;
}

.jp-MlpipeTable .jp-mod-number {
  font-variant-numeric: tabular-nums;
  text-align: right;
  white-space: nowrap;
}

.jp-MlpipeTable tr.jp-mod-idle > * {
  color: var(--jp-ui-font-color2);
  font-weight: normal;
}

/* -- the plan ------------------------------------------------------------------------------------------------------- */

.jp-MlpipePlan {
  display: flex;
  flex-direction: column;
  min-width: min(640px, 80vw);
  max-width: 900px;
}

.jp-MlpipePlan-summary {
  margin: 0 0 4px;
}

.jp-MlpipePlan-values {
  margin: 0 0 4px;
  color: var(--jp-ui-font-color2);
}

.jp-MlpipePlan-scroll {
  overflow: auto;
  max-height: 50vh;
  margin-top: 4px;
}

.jp-MlpipePlan td:nth-child(2) {
  white-space: nowrap;
}

.jp-MlpipePlan-why {
  width: 100%;
  color: var(--jp-ui-font-color2);
  overflow-wrap: anywhere;
}

/* -- forms ---------------------------------------------------------------------------------------------------------- */

.jp-MlpipeForm {
  min-width: min(420px, 80vw);
}

.jp-MlpipeForm form {
  display: flex;
  flex-direction: column;
  gap: 12px;
}

.jp-MlpipeForm-field {
  display: flex;
  flex-direction: column;
  gap: 2px;
}

.jp-MlpipeForm label {
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipeForm-head {
  display: flex;
  align-items: center;
  gap: 6px;
  min-height: 20px;
}

.jp-MlpipeForm-head label {
  flex: 1 1 auto;
  font-family: var(--jp-code-font-family);
}

.jp-MlpipeForm-head input[type="checkbox"] {
  margin: 0;
}

.jp-MlpipeForm input.jp-mod-styled,
.jp-MlpipeForm textarea.jp-mod-styled {
  box-sizing: border-box;
  width: 100%;
  min-height: 30px;
  padding: 5px 8px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-radius: var(--jp-border-radius);
  background: var(--jp-input-background);
  color: var(--jp-ui-font-color0);
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
  line-height: var(--jp-code-line-height);
  resize: vertical;
}

.jp-MlpipeForm input.jp-mod-styled:focus,
.jp-MlpipeForm textarea.jp-mod-styled:focus {
  border-color: var(--jp-brand-color1);
  outline: 1px solid var(--jp-brand-color1);
}

.jp-MlpipeForm .jp-mod-styled[aria-invalid="true"] {
  border-color: var(--jp-error-color1);
  outline-color: var(--jp-error-color1);
}

/* The second way to go on stands back behind the first. */
.jp-Dialog-button.jp-mod-plan.jp-mod-styled {
  background: var(--jp-reject-color-normal);
}

.jp-MlpipeForm-help {
  display: block;
  color: var(--jp-ui-font-color2);
  font-size: 12px;
}

.jp-MlpipeForm-problem {
  color: var(--jp-error-color1);
  font-size: 12px;
}

.jp-MlpipeFacts {
  max-width: 640px;
  color: var(--jp-ui-font-color1);
}

.jp-MlpipeFacts p {
  margin: 0 0 8px;
  overflow-wrap: anywhere;
  white-space: pre-wrap;
}
`,""]),p.d(o,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/sidebar.css"(e,o,p){var r=p("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=p.n(r),t=p("./node_modules/css-loader/dist/runtime/api.js"),a=(p.n(t))()(i());a.push([e.id,`/* The panel “Pipeline” in the sidebar. */

.jp-MlpipeSidebar {
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipeSection {
  display: flex;
  flex-direction: column;
  overflow: hidden;
}

.jp-MlpipeSection > * {
  flex: 1;
  min-height: 0;
}
`,""]),p.d(o,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/stage_line.css"(e,o,p){var r=p("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=p.n(r),t=p("./node_modules/css-loader/dist/runtime/api.js"),a=(p.n(t))()(i());a.push([e.id,`/* The lines \`%%stage\` and \`%pipeline\` in the editor. Weights are said too: Python's operators around them are bold. */

.jp-MlpipeLine-magic {
  color: var(--jp-mirror-editor-meta-color);
  font-weight: normal;
}

.jp-MlpipeLine-name {
  color: var(--jp-mirror-editor-variable-color);
  font-weight: bold;
}

.jp-MlpipeLine-option {
  color: var(--jp-mirror-editor-property-color);
  font-weight: normal;
}

.jp-MlpipeLine-value {
  color: var(--jp-mirror-editor-string-color);
  font-weight: normal;
}

.jp-MlpipeLine-problem {
  text-decoration: underline wavy var(--jp-error-color1);
  text-decoration-skip-ink: none;
  text-underline-offset: 3px;
}
`,""]),p.d(o,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/stages.css"(e,o,p){var r=p("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=p.n(r),t=p("./node_modules/css-loader/dist/runtime/api.js"),a=(p.n(t))()(i());a.push([e.id,`/* Badges above the cells of stages, notes below what is wrong, and the first hint. */

.jp-MlpipeHead {
  display: flex;
  height: 24px;
  margin-left: calc(var(--jp-cell-collapser-width) + var(--jp-cell-prompt-width));
}

.jp-MlpipeBadge {
  display: flex;
  flex: 1 1 auto;
  align-items: center;
  gap: 6px;
  min-width: 0;
  height: 22px;
  padding: 0 2px 0 4px;
  border: none;
  border-radius: var(--jp-border-radius);
  background: transparent;
  color: var(--jp-ui-font-color2);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size1);
  text-align: left;
  white-space: nowrap;
  cursor: pointer;
}

.jp-MlpipeBadge:hover,
.jp-MlpipeBadge[aria-expanded="true"] {
  background: var(--jp-layout-color2);
}

.jp-MlpipeBadge:focus-visible,
.jp-MlpipeNote button:focus-visible,
.jp-MlpipeHint-close:focus-visible {
  outline: var(--jp-focus-outline-width) solid var(--jp-focus-outline-color);
  outline-offset: -2px;
}

/* Where the notebook stays broken, badges speak of how it was. */
.jp-mod-mlpipeOutdated .jp-MlpipeBadge > :not(.jp-MlpipeBadge-name) {
  opacity: 0.5;
  transition: opacity 150ms ease-out 800ms;
}

.jp-MlpipeBadge > .jp-MlpipeMark {
  width: 14px;
  height: 14px;
}

.jp-MlpipeBadge[data-mlpipe-state="unknown"] > .jp-MlpipeMark {
  border: 1px dashed var(--jp-border-color1);
  border-radius: 50%;
}

.jp-MlpipeBadge-name {
  overflow: hidden;
  flex: none;
  max-width: 24ch;
  color: var(--jp-ui-font-color1);
  font-weight: 600;
  text-overflow: ellipsis;
}

.jp-MlpipeBadge-state {
  flex: none;
  color: var(--jp-mlpipe-state-color, inherit);
  font-variant-numeric: tabular-nums;
}

/* Where there is little room, facts give way first, then what explains; what identifies stays. */
.jp-MlpipeBadge-why {
  overflow: hidden;
  flex: 0 1 auto;
  min-width: 0;
  text-overflow: ellipsis;
}

.jp-MlpipeBadge-why:not(:empty)::before {
  margin-right: 6px;
  content: "\xb7";
}

.jp-MlpipeBadge-facts {
  overflow: hidden;
  flex: 0 1000 auto;
  min-width: 0;
  margin-left: auto;
  color: var(--jp-ui-font-color2);
  font-size: 12px;
  font-variant-numeric: tabular-nums;
  text-overflow: ellipsis;
}

.jp-MlpipeBadge-facts:empty {
  flex: 1 0 0;
}

.jp-MlpipeBadge-caret {
  display: flex;
  flex: none;
  opacity: 0.4;
}

.jp-MlpipeBadge:hover > .jp-MlpipeBadge-caret,
.jp-MlpipeBadge:focus-visible > .jp-MlpipeBadge-caret {
  opacity: 1;
}

.jp-MlpipeBadge.jp-mod-short > .jp-MlpipeBadge-name {
  color: var(--jp-ui-font-color2);
  font-weight: normal;
}

.jp-MlpipeBadge.jp-mod-short > .jp-MlpipeBadge-state {
  color: var(--jp-ui-font-color3);
  font-size: 12px;
}

/* -- notes ---------------------------------------------------------------------------------------------------------- */

.jp-MlpipeNote {
  display: flex;
  margin-left: calc(var(--jp-cell-collapser-width) + var(--jp-cell-prompt-width));

  /* A cell that is being typed is broken now and then: what is wrong shows only once it stays so. */
  animation: jp-MlpipeNote-appear 150ms ease-out 800ms backwards;
}

.jp-MlpipeNote button {
  display: flex;
  flex: 0 1 auto;
  align-items: center;
  gap: 6px;
  min-width: 0;
  height: 22px;
  margin-top: 2px;
  padding: 0 6px 0 4px;
  border: none;
  border-radius: var(--jp-border-radius);
  background: transparent;
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: 12px;
  text-align: left;
  white-space: nowrap;
  cursor: pointer;
}

.jp-MlpipeNote button:hover {
  background: var(--jp-layout-color2);
}

.jp-MlpipeNote[data-mlpipe-severity="error"] {
  --jp-mlpipe-state-color: var(--jp-error-color1);
}

.jp-MlpipeNote[data-mlpipe-severity="warning"] {
  --jp-mlpipe-state-color: var(--jp-warn-color1);
}

.jp-MlpipeNote-code {
  flex: none;
  color: var(--jp-ui-font-color2);
  font-variant-numeric: tabular-nums;
}

.jp-MlpipeNote-message {
  overflow: hidden;
  text-overflow: ellipsis;
}

@keyframes jp-MlpipeNote-appear {
  from {
    max-height: 0;
    overflow: hidden;
    opacity: 0;
  }

  to {
    max-height: 24px;
    overflow: hidden;
    opacity: 1;
  }
}

/* -- the first hint ------------------------------------------------------------------------------------------------- */

.jp-MlpipeHint {
  display: flex;
  align-items: center;
  gap: 16px;
  min-height: 30px;
  padding: 0 8px 0 12px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipeHint-text {
  overflow: hidden;
  flex: 1 1 auto;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.jp-MlpipeHint-close {
  display: flex;
  flex: none;
  padding: 4px;
  border: none;
  border-radius: var(--jp-border-radius);
  background: transparent;
  cursor: pointer;
}

.jp-MlpipeHint-close:hover {
  background: var(--jp-layout-color2);
}

.jp-MlpipeHint .jp-MlpipeLink {
  flex: none;
  white-space: nowrap;
}

@media (prefers-reduced-motion: reduce) {
  .jp-MlpipeNote {
    animation-duration: 1ms;
  }
}

@media print {
  .jp-MlpipeHint,
  .jp-MlpipeNote {
    display: none;
  }
}
`,""]),p.d(o,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/values.css"(e,o,p){var r=p("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),i=p.n(r),t=p("./node_modules/css-loader/dist/runtime/api.js"),a=(p.n(t))()(i());a.push([e.id,`/* What a stage read and made, and the results that it had. */

.jp-MlpipeValues,
.jp-MlpipeVersions {
  overflow: auto;
  padding: 12px 16px;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipeValues-heading {
  display: flex;
  align-items: baseline;
  gap: 8px;
  margin-bottom: 8px;
}

.jp-MlpipeValues-heading h2 {
  margin: 0;
  font-size: 18px;
  font-weight: 600;
}

.jp-MlpipeValues-run,
.jp-MlpipeValues-none {
  margin: 0;
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeValues-section h3 {
  margin: 16px 0 4px;
  color: var(--jp-ui-font-color2);
  font-size: 12px;
  font-weight: 600;
}

.jp-MlpipeValue {
  margin-bottom: 12px;
  padding-top: 8px;
  border-top: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-MlpipeValue-head {
  display: flex;
  align-items: baseline;
  flex-wrap: wrap;
  gap: 4px 10px;
}

.jp-MlpipeValue-name {
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-code-font-family);
  font-weight: 600;
}

.jp-MlpipeValue-facts {
  flex: 1 1 auto;
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeValue-digest {
  color: var(--jp-ui-font-color3);
  font-size: 12px;
}

.jp-MlpipeValue-schema {
  margin-top: 4px;
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeValue-schema summary {
  cursor: pointer;
}

.jp-MlpipeValue-schema dl {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(200px, 1fr));
  gap: 2px 16px;
  margin: 4px 0 0 14px;
}

.jp-MlpipeValue-schema dl > div {
  display: flex;
  justify-content: space-between;
  gap: 8px;
  min-width: 0;
}

.jp-MlpipeValue-schema dt {
  overflow: hidden;
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-code-font-family);
  text-overflow: ellipsis;
}

.jp-MlpipeValue-schema dd {
  margin: 0;
}

.jp-MlpipeValue-preview {
  overflow: auto;
  max-height: 320px;
  margin-top: 6px;
}

.jp-MlpipeValue-preview table {
  margin-left: 0;
}

.jp-MlpipeValue-note {
  margin: 4px 0 0;
  color: var(--jp-ui-font-color2);
  font-size: 12px;
}

.jp-MlpipeVersions-number {
  margin-right: 10px;
  color: var(--jp-ui-font-color2);
  white-space: nowrap;
}

.jp-MlpipeVersions-number b {
  color: var(--jp-ui-font-color1);
  font-weight: 600;
  font-variant-numeric: tabular-nums;
}

.jp-MlpipeVersions-actions {
  white-space: nowrap;
}

.jp-MlpipeVersions-actions .jp-MlpipeLink + .jp-MlpipeLink {
  margin-left: 12px;
}

.jp-MlpipeTag {
  margin-left: 6px;
  padding: 0 5px;
  border: 1px solid var(--jp-border-color1);
  border-radius: 8px;
  color: var(--jp-ui-font-color2);
  font-size: 11px;
}
`,""]),p.d(o,{},{A:a})},"./node_modules/css-loader/dist/runtime/api.js"(e){e.exports=function(e){var o=[];return o.toString=function(){return this.map(function(o){var p="",r=void 0!==o[5];return o[4]&&(p+="@supports (".concat(o[4],") {")),o[2]&&(p+="@media ".concat(o[2]," {")),r&&(p+="@layer".concat(o[5].length>0?" ".concat(o[5]):""," {")),p+=e(o),r&&(p+="}"),o[2]&&(p+="}"),o[4]&&(p+="}"),p}).join("")},o.i=function(e,p,r,i,t){"string"==typeof e&&(e=[[null,e,void 0]]);var a={};if(r)for(var l=0;l<this.length;l++){var n=this[l][0];null!=n&&(a[n]=!0)}for(var s=0;s<e.length;s++){var d=[].concat(e[s]);r&&a[d[0]]||(void 0!==t&&(void 0===d[5]||(d[1]="@layer".concat(d[5].length>0?" ".concat(d[5]):""," {").concat(d[1],"}")),d[5]=t),p&&(d[2]&&(d[1]="@media ".concat(d[2]," {").concat(d[1],"}")),d[2]=p),i&&(d[4]?(d[1]="@supports (".concat(d[4],") {").concat(d[1],"}"),d[4]=i):d[4]="".concat(i)),o.push(d))}},o}},"./node_modules/css-loader/dist/runtime/noSourceMaps.js"(e){e.exports=function(e){return e[1]}},"./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"(e){var o=[];function p(e){for(var p=-1,r=0;r<o.length;r++)if(o[r].identifier===e){p=r;break}return p}function r(e,r){for(var i={},t=[],a=0;a<e.length;a++){var l=e[a],n=r.base?l[0]+r.base:l[0],s=i[n]||0,d="".concat(n," ").concat(s);i[n]=s+1;var c=p(d),u={css:l[1],media:l[2],sourceMap:l[3],supports:l[4],layer:l[5]};if(-1!==c)o[c].references++,o[c].updater(u);else{var j=function(e,o){var p=o.domAPI(o);return p.update(e),function(o){o?(o.css!==e.css||o.media!==e.media||o.sourceMap!==e.sourceMap||o.supports!==e.supports||o.layer!==e.layer)&&p.update(e=o):p.remove()}}(u,r);r.byIndex=a,o.splice(a,0,{identifier:d,updater:j,references:1})}t.push(d)}return t}e.exports=function(e,i){var t=r(e=e||[],i=i||{});return function(e){e=e||[];for(var a=0;a<t.length;a++){var l=p(t[a]);o[l].references--}for(var n=r(e,i),s=0;s<t.length;s++){var d=p(t[s]);0===o[d].references&&(o[d].updater(),o.splice(d,1))}t=n}}},"./node_modules/style-loader/dist/runtime/insertBySelector.js"(e){var o={};e.exports=function(e,p){var r=function(e){if(void 0===o[e]){var p=document.querySelector(e);if(window.HTMLIFrameElement&&p instanceof window.HTMLIFrameElement)try{p=p.contentDocument.head}catch(e){p=null}o[e]=p}return o[e]}(e);if(!r)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");r.appendChild(p)}},"./node_modules/style-loader/dist/runtime/insertStyleElement.js"(e){e.exports=function(e){var o=document.createElement("style");return e.setAttributes(o,e.attributes),e.insert(o,e.options),o}},"./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"(e,o,p){e.exports=function(e){var o=p.nc;o&&e.setAttribute("nonce",o)}},"./node_modules/style-loader/dist/runtime/styleDomAPI.js"(e){e.exports=function(e){if("u"<typeof document)return{update:function(){},remove:function(){}};var o=e.insertStyleElement(e);return{update:function(p){var r,i,t;r="",p.supports&&(r+="@supports (".concat(p.supports,") {")),p.media&&(r+="@media ".concat(p.media," {")),(i=void 0!==p.layer)&&(r+="@layer".concat(p.layer.length>0?" ".concat(p.layer):""," {")),r+=p.css,i&&(r+="}"),p.media&&(r+="}"),p.supports&&(r+="}"),(t=p.sourceMap)&&"u">typeof btoa&&(r+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(t))))," */")),e.styleTagTransform(r,o,e.options)},remove:function(){var e;null===(e=o).parentNode||e.parentNode.removeChild(e)}}}},"./node_modules/style-loader/dist/runtime/styleTagTransform.js"(e){e.exports=function(e,o){if(o.styleSheet)o.styleSheet.cssText=e;else{for(;o.firstChild;)o.removeChild(o.firstChild);o.appendChild(document.createTextNode(e))}}},"./style/index.js"(e,o,p){var r=p("./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"),i=p.n(r),t=p("./node_modules/style-loader/dist/runtime/styleDomAPI.js"),a=p.n(t),l=p("./node_modules/style-loader/dist/runtime/insertBySelector.js"),n=p.n(l),s=p("./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"),d=p.n(s),c=p("./node_modules/style-loader/dist/runtime/insertStyleElement.js"),u=p.n(c),j=p("./node_modules/style-loader/dist/runtime/styleTagTransform.js"),m=p.n(j),f=p("./node_modules/css-loader/dist/cjs.js!./style/base.css"),h={};h.styleTagTransform=m(),h.setAttributes=d(),h.insert=n().bind(null,"head"),h.domAPI=a(),h.insertStyleElement=u(),i()(f.A,h),f.A&&f.A.locals&&f.A.locals}}]);