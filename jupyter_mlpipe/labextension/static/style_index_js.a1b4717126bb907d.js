"use strict";(self.rspackChunk_jupyter_mlpipe_labextension=self.rspackChunk_jupyter_mlpipe_labextension||[]).push([["style_index_js"],{"./node_modules/css-loader/dist/cjs.js!./style/alerts.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* Alerts in the sidebar. */

.jp-MlpipeAlerts {
  display: flex;
  flex-direction: column;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipeAlerts-scroll {
  flex: 1;
  min-height: 0;
  overflow-y: auto;
}

.jp-MlpipeAlerts-list,
.jp-MlpipeAlerts-history {
  margin: 0;
  padding: 0;
  list-style: none;
}

.jp-MlpipeAlerts-alert {
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-MlpipeAlerts-line {
  display: flex;
  width: 100%;
  flex-wrap: wrap;
  align-items: baseline;
  gap: 2px 6px;
  padding: 6px 12px;
  border: 0;
  background: none;
  color: inherit;
  cursor: pointer;
  font: inherit;
  text-align: left;
}

.jp-MlpipeAlerts-line:hover {
  background: var(--jp-layout-color2);
}

.jp-MlpipeAlerts-line:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: -2px;
}

.jp-MlpipeAlerts-severity {
  padding: 0 6px;
  border: 1px solid currentcolor;
  border-radius: 8px;
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
}

.jp-MlpipeAlerts-severity[data-mlpipe-severity="critical"] {
  color: var(--jp-error-color0, var(--jp-error-color1));
}

.jp-MlpipeAlerts-severity[data-mlpipe-severity="warning"] {
  color: var(--jp-warn-color0, var(--jp-warn-color1));
}

.jp-MlpipeAlerts-title {
  flex: 1;
  min-width: 60%;
  font-weight: 600;
  overflow-wrap: anywhere;
}

.jp-MlpipeAlerts-alert:not([data-mlpipe-status="open"]) .jp-MlpipeAlerts-title {
  font-weight: 400;
}

.jp-MlpipeAlerts-about,
.jp-MlpipeAlerts-more {
  width: 100%;
  color: var(--jp-ui-font-color2);
  overflow-wrap: anywhere;
}

.jp-MlpipeAlerts-more {
  padding: 0 12px;
}

.jp-MlpipeAlerts-detail {
  padding: 0 12px 8px;
  overflow-wrap: anywhere;
}

.jp-MlpipeAlerts-text {
  margin: 0 0 6px;
  white-space: pre-wrap;
}

.jp-MlpipeAlerts-buttons {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 8px;
  margin-bottom: 6px;
}

.jp-MlpipeAlerts-facts {
  display: grid;
  grid-template-columns: minmax(60px, max-content) 1fr;
  gap: 2px 10px;
  margin: 0 0 6px;
}

.jp-MlpipeAlerts-facts dt,
.jp-MlpipeAlerts-history {
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeAlerts-facts dd {
  margin: 0;
}
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/base.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=o.n(l),t=o("./node_modules/css-loader/dist/cjs.js!./style/marks.css"),n=o("./node_modules/css-loader/dist/cjs.js!./style/elements.css"),s=o("./node_modules/css-loader/dist/cjs.js!./style/graph.css"),d=o("./node_modules/css-loader/dist/cjs.js!./style/sidebar.css"),c=o("./node_modules/css-loader/dist/cjs.js!./style/panels.css"),j=o("./node_modules/css-loader/dist/cjs.js!./style/stages.css"),u=o("./node_modules/css-loader/dist/cjs.js!./style/stage_line.css"),f=o("./node_modules/css-loader/dist/cjs.js!./style/running.css"),m=o("./node_modules/css-loader/dist/cjs.js!./style/values.css"),h=o("./node_modules/css-loader/dist/cjs.js!./style/runs.css"),g=o("./node_modules/css-loader/dist/cjs.js!./style/evidence.css"),v=o("./node_modules/css-loader/dist/cjs.js!./style/models.css"),x=o("./node_modules/css-loader/dist/cjs.js!./style/alerts.css"),M=o("./node_modules/css-loader/dist/cjs.js!./style/pages.css"),b=o("./node_modules/css-loader/dist/cjs.js!./style/comparison.css"),w=a()(r());w.i(t.A),w.i(n.A),w.i(s.A),w.i(d.A),w.i(c.A),w.i(j.A),w.i(u.A),w.i(f.A),w.i(m.A),w.i(h.A),w.i(g.A),w.i(v.A),w.i(x.A),w.i(M.A),w.i(b.A),w.push([e.id,"/* Classes are named `jp-Mlpipe…`; colours are the theme's variables alone. Each part has a file of its own. */\n",""]),o.d(p,{},{A:w})},"./node_modules/css-loader/dist/cjs.js!./style/comparison.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* Two runs side by side. What was removed and added is told by signs too, never by colour alone. */

.jp-MlpipeComparison {
  --jp-mlpipe-removed: color-mix(in srgb, var(--jp-error-color1) 13%, transparent);
  --jp-mlpipe-removed-within: color-mix(in srgb, var(--jp-error-color1) 32%, transparent);
  --jp-mlpipe-added: color-mix(in srgb, var(--jp-success-color1) 15%, transparent);
  --jp-mlpipe-added-within: color-mix(in srgb, var(--jp-success-color1) 36%, transparent);

  overflow: auto;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
  line-height: 1.45;
}

.jp-MlpipeComparison :focus-visible {
  outline: var(--jp-focus-outline-width, 2px) solid var(--jp-focus-outline-color, var(--jp-brand-color1));
  outline-offset: -2px;
}

.jp-MlpipeComparison-note {
  margin: 0;
  color: var(--jp-ui-font-color2);
}

/* -- the runs ------------------------------------------------------------------------------------------------------- */

.jp-MlpipeComparison-header {
  position: sticky;
  z-index: 2;
  top: 0;
  display: grid;
  grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr) auto;
  align-items: center;
  gap: 12px;
  padding: 10px 12px 10px 20px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  background: var(--jp-layout-color1);
}

.jp-MlpipeComparison-runLine {
  display: flex;
  flex-wrap: wrap;
  column-gap: 12px;
}

.jp-MlpipeComparison-runLine b {
  font-weight: 600;
}

.jp-MlpipeComparison-status {
  display: flex;
  align-items: center;
  gap: 6px;
}

.jp-MlpipeComparison-time {
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeComparison-runFacts {
  overflow: hidden;
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  text-overflow: ellipsis;
  white-space: nowrap;
}

.jp-MlpipeComparison-time,
.jp-MlpipeComparison-ends,
.jp-MlpipeChanges {
  font-variant-numeric: tabular-nums;
}

.jp-MlpipeComparison-button {
  display: flex;
  padding: 5px;
  border: 0;
  border-radius: var(--jp-border-radius);
  background: none;
  cursor: pointer;
}

.jp-MlpipeComparison-button:hover {
  background: var(--jp-layout-color2);
}

.jp-MlpipeComparison-button svg {
  display: block;
  width: 16px;
  height: 16px;
}

/* -- what differs --------------------------------------------------------------------------------------------------- */

.jp-MlpipeComparison-overview {
  padding: 16px 20px;
}

.jp-MlpipeComparison-overview h2 {
  margin: 0;
  font-size: var(--jp-ui-font-size2);
  font-weight: 600;
  overflow-wrap: anywhere;
}

.jp-MlpipeComparison-tables {
  display: flex;
  flex-wrap: wrap;
  align-items: start;
  gap: 0 48px;
}

.jp-MlpipeChanges {
  margin-top: 10px;
  border-collapse: collapse;
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipeChanges th,
.jp-MlpipeChanges td {
  padding: 3px 20px 3px 0;
  font-weight: normal;
  text-align: left;
  vertical-align: baseline;
}

.jp-MlpipeChanges thead th {
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
}

.jp-MlpipeChanges tbody th,
.jp-MlpipeChanges-value,
.jp-MlpipeChanges-difference {
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
  overflow-wrap: anywhere;
}

.jp-MlpipeChanges-value em {
  color: var(--jp-ui-font-color2);
  font-family: var(--jp-ui-font-family);
}

.jp-MlpipeChanges .jp-MlpipeChanges-arrow {
  color: var(--jp-ui-font-color2);
}

/* -- stages --------------------------------------------------------------------------------------------------------- */

.jp-MlpipeComparison-stages {
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-MlpipeComparison-stage,
.jp-MlpipeComparison-same {
  border-top: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-MlpipeComparison summary {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 2px 8px;
  padding: 8px 20px 8px 12px;
  cursor: pointer;
  user-select: none;
}

.jp-MlpipeComparison summary:hover {
  background: var(--jp-layout-color2);
}

.jp-MlpipeComparison summary::before {
  width: 0;
  margin: 0 2px 0 4px;
  border: 4px solid transparent;
  border-right-width: 0;
  border-left: 5px solid var(--jp-ui-font-color2);
  content: "";
}

.jp-MlpipeComparison details[open] > summary::before {
  transform: rotate(90deg);
}

.jp-MlpipeComparison-same > summary,
.jp-MlpipeComparison-names {
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeComparison-names {
  overflow: hidden;
  flex: 1;
  font-size: var(--jp-ui-font-size0);
  text-overflow: ellipsis;
  white-space: nowrap;
}

.jp-MlpipeComparison-same > .jp-MlpipeComparison-stage {
  margin-left: 20px;
}

.jp-MlpipeComparison-stageName {
  margin-right: 4px;
  font-weight: 600;
  overflow-wrap: anywhere;
}

.jp-MlpipeComparison-same .jp-MlpipeComparison-stageName {
  font-weight: normal;
}

.jp-MlpipeComparison-tag {
  padding: 0 7px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-radius: 9px;
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  line-height: 16px;
  white-space: nowrap;
}

.jp-MlpipeComparison-ends,
.jp-MlpipeComparison-end {
  display: flex;
  align-items: center;
  gap: 6px;
  color: var(--jp-ui-font-color2);
  white-space: nowrap;
}

.jp-MlpipeComparison-ends {
  margin-left: auto;
}

.jp-MlpipeComparison-endDifference {
  min-width: 8ch;
  text-align: right;
}

.jp-MlpipeComparison-body {
  padding: 0 20px 20px 28px;
}

.jp-MlpipeComparison-body h3,
.jp-MlpipeComparison-body h4 {
  margin: 16px 0 6px;
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  font-weight: 600;
}

.jp-MlpipeComparison-body h4 {
  margin-top: 0;
  font-weight: normal;
}

.jp-MlpipeComparison-words {
  display: grid;
  grid-template-columns: max-content minmax(0, 1fr);
  gap: 2px 20px;
  margin: 8px 0 0;
}

.jp-MlpipeComparison-words dt {
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeComparison-words dd {
  grid-column: 2;
  margin: 0;
  overflow-wrap: anywhere;
}

/* -- code ----------------------------------------------------------------------------------------------------------- */

.jp-MlpipeDiff {
  width: 100%;
  border: var(--jp-border-width) solid var(--jp-border-color2);
  border-spacing: 0;
  table-layout: fixed;
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
  line-height: var(--jp-code-line-height);
}

.jp-MlpipeDiff-numbers {
  width: 5ch;
}

.jp-MlpipeDiff td {
  padding: 0;
  vertical-align: top;
}

.jp-MlpipeDiff .jp-MlpipeDiff-number {
  padding-right: 1ch;
  color: var(--jp-ui-font-color2);
  text-align: right;
  user-select: none;
}

.jp-MlpipeDiff.jp-mod-split .jp-MlpipeDiff-number:nth-child(3) {
  border-left: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-MlpipeDiff .jp-MlpipeDiff-line {
  position: relative;
  padding: 0 1ch 0 2.5ch;
  overflow-wrap: anywhere;
  white-space: pre-wrap;
}

/* JupyterLab gives code a ground and a size of its own where it renders Markdown. */
.jp-MlpipeDiff code {
  background: none;
  color: inherit;
  font: inherit;
}

.jp-MlpipeDiff-sign {
  position: absolute;
  left: 0.75ch;
  user-select: none;
}

/* A line without text is as high as the others. */
.jp-MlpipeDiff-line::after {
  content: "\\200b";
}

.jp-MlpipeDiff-within {
  border-radius: 2px;
}

.jp-MlpipeDiff-line[data-mlpipe-line="removed"] {
  background: var(--jp-mlpipe-removed);
}

.jp-MlpipeDiff-line[data-mlpipe-line="removed"] .jp-MlpipeDiff-within {
  background: var(--jp-mlpipe-removed-within);
}

.jp-MlpipeDiff-line[data-mlpipe-line="added"] {
  background: var(--jp-mlpipe-added);
}

.jp-MlpipeDiff-line[data-mlpipe-line="added"] .jp-MlpipeDiff-within {
  background: var(--jp-mlpipe-added-within);
}

.jp-MlpipeDiff.jp-mod-split td[data-mlpipe-line="none"] {
  background: var(--jp-layout-color2);
}

.jp-MlpipeDiff-fold button {
  display: block;
  width: 100%;
  padding: 2px 2.5ch 2px 7.5ch;
  border: 0;
  background: var(--jp-layout-color2);
  color: var(--jp-content-link-color);
  font-family: var(--jp-ui-font-family);
  font-size: var(--jp-ui-font-size0);
  line-height: 18px;
  text-align: left;
  cursor: pointer;
}

.jp-MlpipeDiff-fold button:hover {
  background: var(--jp-layout-color3);
}

.jp-MlpipeDiff tbody:focus {
  outline: none;
}

/* -- outputs -------------------------------------------------------------------------------------------------------- */

.jp-MlpipeComparison-columns {
  display: grid;
  grid-template-columns: repeat(2, minmax(0, 1fr));
  gap: 12px 20px;
}

.jp-mod-narrow .jp-MlpipeComparison-columns {
  grid-template-columns: minmax(0, 1fr);
}

.jp-MlpipeComparison-outputs {
  overflow: auto;
  max-height: 480px;
  border: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-MlpipeComparison-note + .jp-MlpipeDiff,
.jp-MlpipeComparison-note + .jp-MlpipeComparison-outputs {
  margin-top: 6px;
}

.jp-MlpipeComparison-outputs .jp-OutputArea-output {
  padding: 6px 10px;
}
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/elements.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* Small pieces that several parts draw: empty places, errors, links, progress. */

.jp-MlpipeEmpty {
  display: flex;
  flex-direction: column;
  align-items: center;
  gap: 6px;
  padding: 16px;
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
  width: 24px;
  height: 24px;
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

.jp-MlpipeButton {
  min-height: 28px;
  padding: 2px 12px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-radius: var(--jp-border-radius);
  background: none;
  color: var(--jp-ui-font-color1);
  font-family: inherit;
  font-size: inherit;
  cursor: pointer;
}

.jp-MlpipeButton:hover {
  background: var(--jp-layout-color2);
}

.jp-MlpipeButton:focus-visible,
.jp-MlpipeLink:focus-visible,
.jp-MlpipeTable-toggle:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: 1px;
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
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/evidence.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* Verdicts and what they rest on: tables, names and values. */

.jp-MlpipeChecks {
  margin: 8px 0 0;
  padding: 0;
  list-style: none;
}

.jp-MlpipeChecks > li {
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-MlpipeChecks-head {
  display: flex;
  align-items: flex-start;
  gap: 8px;
  padding: 6px 4px;
  line-height: 1.5;
}

.jp-MlpipeChecks-head > .jp-MlpipeMark {
  margin-top: 3px;
}

summary.jp-MlpipeChecks-head {
  cursor: pointer;
}

summary.jp-MlpipeChecks-head::after {
  margin-left: auto;
  color: var(--jp-ui-font-color2);
  content: "▸";
}

details[open] > summary.jp-MlpipeChecks-head::after {
  content: "▾";
}

summary.jp-MlpipeChecks-head:hover {
  background: var(--jp-layout-color2);
}

summary.jp-MlpipeChecks-head:focus-visible,
.jp-MlpipeEvidence-scroll:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: -2px;
}

.jp-MlpipeChecks-line {
  display: flex;
  flex-wrap: wrap;
  gap: 0 8px;
  min-width: 0;
  overflow-wrap: anywhere;
}

.jp-MlpipeChecks-stage {
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeChecks-line code {
  padding: 0;
  background: none;
  color: inherit;
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
  font-weight: 600;
}

.jp-MlpipeEvidence {
  padding: 2px 4px 10px 28px;
  color: var(--jp-ui-font-color1);
  line-height: 1.5;
  overflow-wrap: anywhere;
}

.jp-MlpipeEvidence dl {
  margin: 0;
}

.jp-MlpipeEvidence dl > div {
  display: flex;
  flex-wrap: wrap;
  gap: 0 12px;
  padding: 1px 0;
}

.jp-MlpipeEvidence dt {
  flex: none;
  min-width: 12ch;
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeEvidence dd {
  flex: 1 1 24ch;
  min-width: 0;
  margin: 0;
  font-variant-numeric: tabular-nums;
}

.jp-MlpipeEvidence dl > .jp-mod-block {
  display: block;
  padding: 6px 0 2px;
}

.jp-MlpipeEvidence .jp-mod-block > dd {
  padding-left: 12px;
  border-left: 2px solid var(--jp-border-color2);
}

.jp-MlpipeEvidence section.jp-MlpipeEvidence-scroll {
  margin: 0;
  overflow: auto;
  max-width: 100%;
  max-height: 360px;
}

.jp-MlpipeEvidence table {
  border-collapse: collapse;
}

.jp-MlpipeEvidence th,
.jp-MlpipeEvidence td {
  max-width: 48ch;
  padding: 2px 18px 2px 0;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  font-weight: 400;
  overflow-wrap: normal;
  text-align: left;
  vertical-align: top;
}

.jp-MlpipeEvidence thead th {
  position: sticky;
  top: 0;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  white-space: nowrap;
}

.jp-MlpipeEvidence .jp-mod-number {
  font-variant-numeric: tabular-nums;
  text-align: right;
  white-space: nowrap;
}

.jp-MlpipeEvidence-none {
  margin: 4px 0 0;
  color: var(--jp-ui-font-color2);
}

/* A stage's verdicts in a tab of their own. */

.jp-MlpipeVerdicts {
  overflow: auto;
  padding: 12px 16px;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/graph.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* The graph of a pipeline, and what stands over it. */

.jp-MlpipePipeline {
  display: flex;
  flex-direction: column;
  min-height: 0;
  overflow: auto;
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
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
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
  min-height: 60px;
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

.jp-MlpipeGraph-plane .jp-MlpipeGraph-node {
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
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/marks.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* One colour a state, wherever a stage or a run stands: whatever carries \`data-mlpipe-state\` may use it. */

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
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/models.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* Models in the sidebar, a version's page, and what is asked before something is done. */

.jp-MlpipeModels {
  display: flex;
  flex-direction: column;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipeModels-scroll {
  flex: 1;
  min-height: 0;
  overflow-y: auto;
}

.jp-MlpipeModels-model > summary {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 2px 6px;
  padding: 6px 12px 6px 8px;
  cursor: pointer;
}

.jp-MlpipeModels-model > summary:hover {
  background: var(--jp-layout-color2);
}

.jp-MlpipeModels-model > summary:focus-visible,
.jp-MlpipeModels-history summary:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: -2px;
}

.jp-MlpipeModels-model > summary::before {
  width: 10px;
  color: var(--jp-ui-font-color2);
  content: "▸";
}

.jp-MlpipeModels-model[open] > summary::before {
  content: "▾";
}

.jp-MlpipeModels-icon {
  display: flex;
}

.jp-MlpipeModels-name {
  overflow: hidden;
  min-width: 0;
  font-weight: 600;
  overflow-wrap: anywhere;
}

.jp-MlpipeModels-aliases {
  display: flex;
  flex-wrap: wrap;
  gap: 4px;
  margin-left: auto;
}

.jp-MlpipeModels-list {
  width: 100%;
  border-collapse: collapse;
  table-layout: fixed;
}

.jp-MlpipeModels-list td {
  padding: 5px 0;
  vertical-align: top;
}

.jp-MlpipeModels-list .jp-MlpipeModels-lead {
  width: 36px;
  padding-top: 7px;
  text-align: center;
}

.jp-MlpipeModels-list .jp-MlpipeModels-end {
  width: 36px;
  text-align: center;
}

.jp-MlpipeModels-end .jp-Button {
  width: 24px;
  height: 24px;
  min-height: 0;
  padding: 0;
}

.jp-MlpipeModels-head {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 2px 6px;
}

.jp-MlpipeModels-version {
  font-weight: 500;
}

.jp-MlpipeModels-said {
  display: -webkit-box;
  overflow: hidden;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 2;
  color: var(--jp-error-color1);
  font-size: var(--jp-ui-font-size0);
  line-height: 1.5;
  overflow-wrap: anywhere;
}

/* The colour says how far a version got; the word says it too. */
.jp-MlpipeChip {
  flex: none;
  padding: 0 7px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-radius: 9px;
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size0);
  font-weight: 400;
  line-height: 16px;
  white-space: nowrap;
}

.jp-MlpipeChip[data-mlpipe-lifecycle="production"] {
  border-color: var(--jp-success-color1);
  background: color-mix(in srgb, var(--jp-success-color1) 18%, transparent);
}

.jp-MlpipeChip[data-mlpipe-lifecycle="staging"] {
  border-color: var(--jp-brand-color1);
  background: color-mix(in srgb, var(--jp-brand-color1) 14%, transparent);
}

.jp-MlpipeChip[data-mlpipe-lifecycle="archived"],
.jp-MlpipeChip[data-mlpipe-lifecycle="deprecated"] {
  border-style: dashed;
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeChip[data-mlpipe-lifecycle="deprecated"] {
  text-decoration: line-through;
}

.jp-MlpipeModels-warning {
  display: flex;
  gap: 6px;
  margin: 2px 12px 4px;
  padding: 4px 8px;
  border-left: 3px solid var(--jp-warn-color1);
  background: var(--jp-layout-color2);
  line-height: 1.4;
  overflow-wrap: anywhere;
}

.jp-MlpipeModels-warning > .jp-MlpipeMark {
  margin-top: 2px;
}

.jp-MlpipeModels-asking {
  padding: 4px 12px 8px;
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeModels-unregistered {
  display: flex;
  gap: 8px;
  padding: 4px 12px 6px 10px;
  line-height: 1.4;
  overflow-wrap: anywhere;
}

.jp-MlpipeModels-why {
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
}

/* -- a version's page ----------------------------------------------------------------------------------------------- */

.jp-MlpipePage h1 {
  flex-wrap: wrap;
}

.jp-MlpipePage h1 .jp-MlpipeChip {
  font-size: var(--jp-ui-font-size1);
  line-height: 20px;
}

.jp-MlpipeModels .jp-MlpipeEmpty code {
  white-space: normal;
  overflow-wrap: anywhere;
}

.jp-MlpipeButton[aria-disabled="true"] {
  color: var(--jp-ui-font-color3);
  cursor: not-allowed;
}

.jp-MlpipeButton[aria-disabled="true"]:hover {
  background: none;
}

.jp-MlpipePage .jp-MlpipeEvidence,
.jp-MlpipeRequest-body .jp-MlpipeEvidence {
  padding-left: 26px;
}

.jp-MlpipePage section > .jp-MlpipeEvidence {
  padding-left: 0;
  margin-top: 6px;
}

.jp-MlpipeModels-compare.jp-HTMLSelect.jp-DefaultStyle select {
  height: 24px;
  padding: 0 24px 0 8px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  background: none;
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
  font-weight: 400;
  line-height: 22px;
}

.jp-MlpipeModels-compare.jp-HTMLSelect.jp-DefaultStyle > span {
  top: 4px;
  right: 4px;
}

.jp-MlpipeModels-history {
  margin: 8px 0 0;
  padding: 0;
  list-style: none;
}

.jp-MlpipeModels-history > li {
  display: flex;
  gap: 8px;
  padding: 5px 0;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-MlpipeModels-history > li > .jp-MlpipeMark {
  margin-top: 3px;
}

.jp-MlpipeModels-history > li > div {
  flex: 1;
  min-width: 0;
}

.jp-MlpipeModels-history summary {
  color: var(--jp-ui-font-color2);
  cursor: pointer;
}

.jp-MlpipeModels-quote {
  color: var(--jp-ui-font-color2);
  font-style: italic;
  overflow-wrap: anywhere;
}

/* -- asking first --------------------------------------------------------------------------------------------------- */

.jp-MlpipeRequest-body {
  overflow: auto;
  min-width: min(520px, 80vw);
  max-width: 760px;
  max-height: 65vh;
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
  line-height: 1.5;
}

.jp-MlpipeRequest-body p {
  margin: 0 0 6px;
}

.jp-MlpipeRequest-waiting {
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeRequest-outcome {
  font-weight: 600;
}

.jp-MlpipeRequest-reasons {
  margin: 0 0 6px;
  padding-left: 20px;
}

.jp-MlpipeRequest-reason {
  display: block;
  margin-top: 12px;
}

.jp-MlpipeRequest-reason textarea.jp-mod-styled {
  box-sizing: border-box;
  display: block;
  width: 100%;
  margin-top: 2px;
  padding: 5px 8px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-radius: var(--jp-border-radius);
  background: var(--jp-input-background);
  color: var(--jp-ui-font-color0);
  font-family: inherit;
  font-size: inherit;
  resize: vertical;
}

.jp-MlpipeRequest .jp-Dialog-footer button:disabled {
  opacity: 0.5;
  cursor: not-allowed;
}

/* A progress that does not say how far it is. */
.jp-MlpipeProgress:indeterminate {
  background:
    linear-gradient(90deg, transparent, var(--jp-brand-color1), transparent) 0 0 / 40% 100% no-repeat
    var(--jp-layout-color3);
  animation: jp-MlpipeProgress-go 1.4s ease-in-out infinite alternate;
}

.jp-MlpipeProgress:indeterminate::-webkit-progress-bar {
  background: transparent;
}

@keyframes jp-MlpipeProgress-go {
  to {
    background-position: 100% 0;
  }
}

@media (prefers-reduced-motion: reduce) {
  .jp-MlpipeProgress:indeterminate {
    animation: none;
  }
}
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/pages.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* Pages in the main area: a run, and others like it. */

.jp-MlpipeMain {
  overflow: auto;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipePage {
  max-width: 1200px;
  margin: 0 auto;
  padding: 20px 28px 40px;
  line-height: 1.5;
}

.jp-MlpipePage h1,
.jp-MlpipePage h2,
.jp-MlpipePage h3,
.jp-MlpipePage h4 {
  margin: 0;
  font-weight: 600;
}

.jp-MlpipePage h1 {
  display: flex;
  align-items: center;
  gap: 8px;
  font-size: 20px;
}

.jp-MlpipePage h1 small,
.jp-MlpipePage h2 small {
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size1);
  font-weight: 400;
}

.jp-MlpipePage h2 {
  display: flex;
  align-items: baseline;
  gap: 10px;
  font-size: 15px;
}

.jp-MlpipePage h3 {
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipePage h4 {
  margin-bottom: 4px;
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  font-weight: 500;
}

.jp-MlpipePage section {
  margin-top: 28px;
}

.jp-MlpipePage code {
  padding: 0;
  background: none;
  color: inherit;
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
}

.jp-MlpipePage .jp-MlpipeError {
  margin: 12px 0 0;
}

.jp-MlpipePage-header {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: space-between;
  gap: 8px 16px;
}

.jp-MlpipePage-actions {
  display: flex;
  flex-wrap: wrap;
  gap: 6px;
}

.jp-MlpipePage-note {
  margin: 6px 0 0;
  color: var(--jp-ui-font-color2);
}

.jp-MlpipeFacts {
  display: flex;
  flex-wrap: wrap;
  gap: 10px 32px;
  margin: 16px 0 0;
}

.jp-MlpipeFacts dt {
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
}

.jp-MlpipeFacts dd {
  margin: 0;
}

.jp-MlpipeParameters {
  display: flex;
  flex-wrap: wrap;
  gap: 6px;
  margin: 14px 0 0;
  padding: 0;
  list-style: none;
}

.jp-MlpipeParameters li {
  padding: 0 8px;
  border-radius: 10px;
  background: var(--jp-layout-color2);
}

.jp-MlpipeTable {
  width: 100%;
  margin-top: 8px;
  border-collapse: collapse;
}

.jp-MlpipeTable.jp-mod-narrow {
  width: auto;
  min-width: 360px;
}

.jp-MlpipeTable th,
.jp-MlpipeTable td {
  padding: 5px 16px 5px 0;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  font-weight: 400;
  text-align: left;
  vertical-align: top;
}

.jp-MlpipeTable thead th {
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  white-space: nowrap;
}

.jp-MlpipeTable .jp-mod-number {
  font-variant-numeric: tabular-nums;
  text-align: right;
  white-space: nowrap;
}

.jp-MlpipeTable-toggle {
  display: inline-flex;
  align-items: center;
  gap: 6px;
  padding: 0;
  border: 0;
  background: none;
  color: inherit;
  font: inherit;
  font-weight: 500;
  cursor: pointer;
}

.jp-MlpipeTable-toggle > svg {
  flex: none;
  width: 14px;
  height: 14px;
  margin-right: -2px;
}

.jp-MlpipeTable tr.jp-MlpipeTable-detail td {
  padding: 2px 0 12px 22px;
}

.jp-MlpipeTable tbody:has(.jp-MlpipeTable-detail) tr:first-child > * {
  border-bottom-color: transparent;
}

.jp-MlpipeNumber {
  margin-right: 14px;
  color: var(--jp-ui-font-color2);
  white-space: nowrap;
}

.jp-MlpipeNumber b {
  color: var(--jp-ui-font-color1);
  font-weight: 500;
  font-variant-numeric: tabular-nums;
}

.jp-MlpipeArtifacts ul {
  margin: 0;
  padding: 0;
  list-style: none;
}

.jp-MlpipePage .jp-MlpipeTable-detail section {
  margin: 8px 0 0;
}

.jp-MlpipeArtifacts {
  display: flex;
  flex-wrap: wrap;
  gap: 8px 40px;
  margin-top: 6px;
}

.jp-MlpipeArtifacts h3 {
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  font-weight: 500;
}

.jp-MlpipeArtifacts li span {
  color: var(--jp-ui-font-color2);
}

.jp-MlpipePage h1 .jp-MlpipeMark svg {
  width: 20px;
  height: 20px;
}
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/panels.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* Panels in the sidebar and in tabs: tables that packages draw, in the theme's words. */

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
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/running.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* The run button of a notebook, the plan and the form for parameters. */

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
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/runs.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* The list of runs in the sidebar. */

.jp-MlpipeRuns {
  display: flex;
  flex-direction: column;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipeRuns-filters {
  display: flex;
  flex: none;
  flex-direction: column;
  gap: 4px;
  padding: 8px 12px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-MlpipeRuns-text.jp-mod-styled {
  box-sizing: border-box;
  width: 100%;
  height: 26px;
  padding: 0 8px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-radius: var(--jp-border-radius);
  background: var(--jp-input-background);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-MlpipeRuns-text.jp-mod-styled:focus {
  border-color: var(--jp-input-active-border-color);
  box-shadow: none;
  outline: none;
}

.jp-MlpipeRuns-selects {
  display: flex;
  flex-wrap: wrap;
  gap: 0 4px;
}

.jp-MlpipeRuns-selects > * {
  flex: 1 1 90px;
  min-width: 0;
}

.jp-MlpipeRuns-selects .jp-HTMLSelect.jp-DefaultStyle select {
  width: 100%;
  height: 24px;
  padding: 0 20px 0 6px;
  border: var(--jp-border-width) solid transparent;
  background: none;
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  line-height: 22px;
  text-overflow: ellipsis;
}

.jp-MlpipeRuns-selects .jp-HTMLSelect.jp-DefaultStyle select:hover,
.jp-MlpipeRuns-selects .jp-HTMLSelect.jp-DefaultStyle select:focus-visible {
  border-color: var(--jp-border-color1);
  color: var(--jp-ui-font-color1);
}

.jp-MlpipeRuns-selects .jp-HTMLSelect.jp-DefaultStyle > span {
  top: 4px;
  right: 2px;
}

.jp-MlpipeRuns-scroll {
  flex: 1;
  min-height: 0;
  overflow-y: auto;
}

.jp-MlpipeRuns-list {
  width: 100%;
  border-collapse: collapse;
  table-layout: fixed;
}

.jp-MlpipeRuns-row {
  cursor: pointer;
}

.jp-MlpipeRuns-row:hover {
  background: var(--jp-layout-color2);
}

.jp-MlpipeRuns-row[aria-selected="true"] {
  background: color-mix(in srgb, var(--jp-brand-color1) 14%, transparent);
}

.jp-MlpipeRuns-row:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: -2px;
}

.jp-MlpipeRuns-list td {
  padding: 6px 0;
  vertical-align: middle;
}

.jp-MlpipeRuns-lead {
  width: 36px;
  text-align: center;
}

.jp-MlpipeRuns-lead .jp-MlpipeMark,
.jp-MlpipeRuns-lead input {
  vertical-align: middle;
}

.jp-MlpipeRuns-lead input {
  width: 14px;
  height: 14px;
  margin: 1px;
  accent-color: var(--jp-brand-color1);
}

/* The mark gives way to the box where a run may be about to be chosen; the box can be tabbed to all the same. */
.jp-MlpipeRuns-list:not([data-mlpipe-choosing]) .jp-MlpipeRuns-row:not(:hover, :focus-within) .jp-MlpipeRuns-lead input,
.jp-MlpipeRuns-list[data-mlpipe-choosing] .jp-MlpipeRuns-lead .jp-MlpipeMark,
.jp-MlpipeRuns-row:is(:hover, :focus-within) .jp-MlpipeRuns-lead .jp-MlpipeMark {
  position: absolute;
  opacity: 0;
  pointer-events: none;
}

.jp-MlpipeRuns-name,
.jp-MlpipeRuns-facts {
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.jp-MlpipeRuns-name {
  font-weight: 500;
}

.jp-MlpipeRuns-facts {
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  line-height: 1.5;
}

.jp-MlpipeRuns-list .jp-MlpipeRuns-end {
  width: 68px;
  padding-right: 12px;
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  font-variant-numeric: tabular-nums;
  text-align: right;
  white-space: nowrap;
}

.jp-MlpipeRuns-buttons .jp-Button {
  width: 24px;
  height: 24px;
  min-height: 0;
  padding: 0;
}

.jp-MlpipeRuns-row:not(:hover, :focus-within) .jp-MlpipeRuns-buttons,
.jp-MlpipeRuns-row:is(:hover, :focus-within) .jp-MlpipeRuns-duration {
  position: absolute;
  opacity: 0;
  pointer-events: none;
}

.jp-MlpipeRuns-older {
  display: block;
  width: 100%;
  padding: 8px;
  text-align: center;
}

.jp-MlpipeRuns-choice {
  display: flex;
  flex: none;
  align-items: center;
  gap: 6px;
  padding: 6px 8px 6px 12px;
  border-top: var(--jp-border-width) solid var(--jp-border-color2);
  background: var(--jp-layout-color2);
}

.jp-MlpipeRuns-choiceText {
  flex: 1;
  line-height: 1.3;
}

.jp-MlpipeRuns-choice .jp-mod-styled {
  height: 26px;
  padding: 0 10px;
  line-height: 26px;
}

.jp-MlpipeRuns-choice .jp-mod-styled:disabled {
  opacity: 0.5;
}

.jp-MlpipeRuns-choice .jp-Button {
  width: 24px;
  height: 24px;
  min-height: 0;
  padding: 0;
}
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/sidebar.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* The panel “Pipeline” in the sidebar. */

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
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/stage_line.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* The lines \`%%stage\` and \`%pipeline\` in the editor. Weights are said too: Python's operators around them are bold. */

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
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/stages.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* Badges above the cells of stages, notes below what is wrong, and the first hint. */

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

.jp-MlpipeBadge-verdicts {
  flex: none;
  color: var(--jp-success-color1);
  font-size: 12px;
  font-variant-numeric: tabular-nums;
}

.jp-MlpipeBadge-verdicts:empty {
  display: none;
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
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/cjs.js!./style/values.css"(e,p,o){var i=o("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),r=o.n(i),l=o("./node_modules/css-loader/dist/runtime/api.js"),a=(o.n(l))()(r());a.push([e.id,`/* What a stage read and made, and the results that it had. */

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

.jp-MlpipeVersions-list {
  display: flex;
  flex-direction: column;
  margin: 0;
  padding: 0;
  list-style: none;
}

.jp-MlpipeVersions-list > li {
  display: flex;
  flex-direction: column;
  gap: 4px;
  padding: 8px 0;
  border-top: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-MlpipeVersions-head {
  display: flex;
  align-items: center;
  flex-wrap: wrap;
  gap: 4px 6px;
}

.jp-MlpipeVersions-status {
  font-weight: 600;
}

.jp-MlpipeVersions-about {
  margin-left: auto;
  color: var(--jp-ui-font-color2);
  font-variant-numeric: tabular-nums;
}

.jp-MlpipeVersions-number {
  margin-right: 12px;
  color: var(--jp-ui-font-color2);
  white-space: nowrap;
}

.jp-MlpipeVersions-number b {
  color: var(--jp-ui-font-color1);
  font-weight: 600;
  font-variant-numeric: tabular-nums;
}

.jp-MlpipeVersions-why {
  color: var(--jp-ui-font-color2);
  overflow-wrap: anywhere;
}

.jp-MlpipeVersions-actions {
  display: flex;
  gap: 16px;
}

.jp-MlpipeTag {
  padding: 0 5px;
  border: 1px solid var(--jp-border-color1);
  border-radius: 8px;
  color: var(--jp-ui-font-color2);
  font-size: 11px;
}
`,""]),o.d(p,{},{A:a})},"./node_modules/css-loader/dist/runtime/api.js"(e){e.exports=function(e){var p=[];return p.toString=function(){return this.map(function(p){var o="",i=void 0!==p[5];return p[4]&&(o+="@supports (".concat(p[4],") {")),p[2]&&(o+="@media ".concat(p[2]," {")),i&&(o+="@layer".concat(p[5].length>0?" ".concat(p[5]):""," {")),o+=e(p),i&&(o+="}"),p[2]&&(o+="}"),p[4]&&(o+="}"),o}).join("")},p.i=function(e,o,i,r,l){"string"==typeof e&&(e=[[null,e,void 0]]);var a={};if(i)for(var t=0;t<this.length;t++){var n=this[t][0];null!=n&&(a[n]=!0)}for(var s=0;s<e.length;s++){var d=[].concat(e[s]);i&&a[d[0]]||(void 0!==l&&(void 0===d[5]||(d[1]="@layer".concat(d[5].length>0?" ".concat(d[5]):""," {").concat(d[1],"}")),d[5]=l),o&&(d[2]&&(d[1]="@media ".concat(d[2]," {").concat(d[1],"}")),d[2]=o),r&&(d[4]?(d[1]="@supports (".concat(d[4],") {").concat(d[1],"}"),d[4]=r):d[4]="".concat(r)),p.push(d))}},p}},"./node_modules/css-loader/dist/runtime/noSourceMaps.js"(e){e.exports=function(e){return e[1]}},"./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"(e){var p=[];function o(e){for(var o=-1,i=0;i<p.length;i++)if(p[i].identifier===e){o=i;break}return o}function i(e,i){for(var r={},l=[],a=0;a<e.length;a++){var t=e[a],n=i.base?t[0]+i.base:t[0],s=r[n]||0,d="".concat(n," ").concat(s);r[n]=s+1;var c=o(d),j={css:t[1],media:t[2],sourceMap:t[3],supports:t[4],layer:t[5]};if(-1!==c)p[c].references++,p[c].updater(j);else{var u=function(e,p){var o=p.domAPI(p);return o.update(e),function(p){p?(p.css!==e.css||p.media!==e.media||p.sourceMap!==e.sourceMap||p.supports!==e.supports||p.layer!==e.layer)&&o.update(e=p):o.remove()}}(j,i);i.byIndex=a,p.splice(a,0,{identifier:d,updater:u,references:1})}l.push(d)}return l}e.exports=function(e,r){var l=i(e=e||[],r=r||{});return function(e){e=e||[];for(var a=0;a<l.length;a++){var t=o(l[a]);p[t].references--}for(var n=i(e,r),s=0;s<l.length;s++){var d=o(l[s]);0===p[d].references&&(p[d].updater(),p.splice(d,1))}l=n}}},"./node_modules/style-loader/dist/runtime/insertBySelector.js"(e){var p={};e.exports=function(e,o){var i=function(e){if(void 0===p[e]){var o=document.querySelector(e);if(window.HTMLIFrameElement&&o instanceof window.HTMLIFrameElement)try{o=o.contentDocument.head}catch(e){o=null}p[e]=o}return p[e]}(e);if(!i)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");i.appendChild(o)}},"./node_modules/style-loader/dist/runtime/insertStyleElement.js"(e){e.exports=function(e){var p=document.createElement("style");return e.setAttributes(p,e.attributes),e.insert(p,e.options),p}},"./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"(e,p,o){e.exports=function(e){var p=o.nc;p&&e.setAttribute("nonce",p)}},"./node_modules/style-loader/dist/runtime/styleDomAPI.js"(e){e.exports=function(e){if("u"<typeof document)return{update:function(){},remove:function(){}};var p=e.insertStyleElement(e);return{update:function(o){var i,r,l;i="",o.supports&&(i+="@supports (".concat(o.supports,") {")),o.media&&(i+="@media ".concat(o.media," {")),(r=void 0!==o.layer)&&(i+="@layer".concat(o.layer.length>0?" ".concat(o.layer):""," {")),i+=o.css,r&&(i+="}"),o.media&&(i+="}"),o.supports&&(i+="}"),(l=o.sourceMap)&&"u">typeof btoa&&(i+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(l))))," */")),e.styleTagTransform(i,p,e.options)},remove:function(){var e;null===(e=p).parentNode||e.parentNode.removeChild(e)}}}},"./node_modules/style-loader/dist/runtime/styleTagTransform.js"(e){e.exports=function(e,p){if(p.styleSheet)p.styleSheet.cssText=e;else{for(;p.firstChild;)p.removeChild(p.firstChild);p.appendChild(document.createTextNode(e))}}},"./style/index.js"(e,p,o){var i=o("./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"),r=o.n(i),l=o("./node_modules/style-loader/dist/runtime/styleDomAPI.js"),a=o.n(l),t=o("./node_modules/style-loader/dist/runtime/insertBySelector.js"),n=o.n(t),s=o("./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"),d=o.n(s),c=o("./node_modules/style-loader/dist/runtime/insertStyleElement.js"),j=o.n(c),u=o("./node_modules/style-loader/dist/runtime/styleTagTransform.js"),f=o.n(u),m=o("./node_modules/css-loader/dist/cjs.js!./style/base.css"),h={};h.styleTagTransform=f(),h.setAttributes=d(),h.insert=n().bind(null,"head"),h.domAPI=a(),h.insertStyleElement=j(),r()(m.A,h),m.A&&m.A.locals&&m.A.locals}}]);