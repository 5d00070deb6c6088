import { expect, it } from 'vitest';

import { graphNodes } from '../../src/graph/contraction';
import { following as stage } from './settable_pipeline';

const STAGES = [
  stage('load'),
  stage('cell-2', ['load']),
  stage('cell-3', ['cell-2']),
  stage('features', ['cell-3']),
  stage('train', ['cell-3', 'load', 'features']),
  stage('cell-9', ['train'])
];

it('leads edges through plain cells, in notebook order', () => {
  expect(graphNodes(STAGES, false).map(({ stage, after }) => [stage.name, after])).toEqual([
    ['load', []],
    ['features', ['load']],
    ['train', ['load', 'features']]
  ]);
});

it('shows plain cells as nodes where asked to', () => {
  const nodes = graphNodes(STAGES, true);
  expect(nodes.map(node => node.stage.name)).toEqual(STAGES.map(stage => stage.name));
  expect(nodes[4]?.after).toEqual(['load', 'cell-3', 'features']);
});

it('draws no edge to a stage that is not there', () => {
  expect(graphNodes([stage('train', ['gone'])], false)[0]?.after).toEqual([]);
});

it('takes time in proportion to a long notebook', () => {
  const long = Array.from({ length: 2000 }, (_, index) => stage(`cell-${index}`, index ? [`cell-${index - 1}`] : []));
  expect(graphNodes([...long, stage('last', ['cell-1999'])], false)[0]?.after).toEqual([]);
});
