import { expect, it } from 'vitest';

import { name } from '../package.json';
import { EXTENSION_ID } from '../src/tokens';

it('names plugins after the package, as JupyterLab asks', () => {
  expect(EXTENSION_ID).toBe(name);
});
