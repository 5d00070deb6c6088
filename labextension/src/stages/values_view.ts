/** Shows what a stage read and made in a run: each value with its preview. Loaded when it is first opened. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { variableIcon } from '@jupyterlab/ui-components';
import { Panel, Widget } from '@lumino/widgets';

import type { StageValues, ValueInfo } from '../api/types';
import { formatSize } from '../format';

export interface IValuesViewOptions {
  readonly values: StageValues;
  readonly rendermime: IRenderMimeRegistry;
  readonly trans: TranslationBundle;
}

/** A tab with the values of a stage. */
export function valuesView(options: IValuesViewOptions): MainAreaWidget<Panel> {
  const { values, trans } = options;
  const content = new Panel();
  content.addClass('jp-MlpipeValues');
  content.addWidget(heading(values, trans));
  for (const [role, title] of [
    ['input', trans.__('Inputs')],
    ['output', trans.__('Outputs')]
  ] as const) {
    const found = values.values.filter(value => value.role === role);
    content.addWidget(section(title, found.length, role, trans));
    for (const value of found) {
      content.addWidget(valuePanel(value, options));
    }
  }
  const view = new MainAreaWidget({ content });
  view.title.label = trans.__('Values of %1', values.stage);
  view.title.caption = trans.__('What “%1” read and made in run %2', values.stage, values.run);
  view.title.icon = variableIcon;
  view.title.closable = true;
  return view;
}

function heading({ stage, run }: StageValues, trans: TranslationBundle): Widget {
  const node = element('header', 'jp-MlpipeValues-heading');
  node.append(element('h2', '', stage), element('span', 'jp-MlpipeValues-run', trans.__('run %1', run)));
  return new Widget({ node });
}

function section(title: string, count: number, role: ValueInfo['role'], trans: TranslationBundle): Widget {
  const node = element('div', 'jp-MlpipeValues-section');
  node.append(element('h3', '', title));
  if (!count) {
    const none = role === 'input' ? trans.__('It reads nothing of other stages.') : trans.__('It stored nothing.');
    node.append(element('p', 'jp-MlpipeValues-none', none));
  }
  return new Widget({ node });
}

function valuePanel(value: ValueInfo, { rendermime, trans }: IValuesViewOptions): Panel {
  const panel = new Panel();
  panel.addClass('jp-MlpipeValue');
  panel.node.dataset.mlpipeValue = value.name;
  panel.addWidget(new Widget({ node: valueHead(value, trans) }));
  if (value.columns.length) {
    panel.addWidget(new Widget({ node: schema(value, trans) }));
  }
  const data = value.preview as Record<string, never> | null;
  const type = data && rendermime.preferredMimeType(data, 'any');
  if (data && type) {
    const preview = rendermime.createRenderer(type);
    preview.addClass('jp-MlpipeValue-preview');
    void preview.renderModel(rendermime.createModel({ data, trusted: false }));
    panel.addWidget(preview);
  }
  if (value.note) {
    panel.addWidget(new Widget({ node: element('p', 'jp-MlpipeValue-note', value.note) }));
  }
  return panel;
}

function valueHead(value: ValueInfo, trans: TranslationBundle): HTMLElement {
  const rows = value.rows === null ? '' : trans._n('%1 row', '%1 rows', value.rows, value.rows.toLocaleString());
  const source = value.source ? trans.__('from %1', value.source) : '';
  const facts = [value.type, rows, formatSize(value.bytes), source].filter(Boolean);
  const node = element('div', 'jp-MlpipeValue-head');
  const digest = element('code', 'jp-MlpipeValue-digest', value.digest.replace(/^[a-z0-9]+:/, '').slice(0, 12));
  digest.title = trans.__('Digest of its content: %1', value.digest);
  node.append(
    element('code', 'jp-MlpipeValue-name', value.name),
    element('span', 'jp-MlpipeValue-facts', facts.join(' · ')),
    digest
  );
  return node;
}

/** The columns of a table, folded away where they are many. */
function schema({ columns }: ValueInfo, trans: TranslationBundle): HTMLElement {
  const node = document.createElement('details');
  node.className = 'jp-MlpipeValue-schema';
  node.append(element('summary', '', trans._n('%1 column', '%1 columns', columns.length)));
  const list = element('dl', '');
  for (const { name, type } of columns) {
    const pair = element('div', '');
    pair.append(element('dt', '', name), element('dd', '', type));
    list.append(pair);
  }
  node.append(list);
  return node;
}

function element(tag: string, className: string, text = ''): HTMLElement {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}
