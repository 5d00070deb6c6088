// Builds into the folder that BUILD_INTO names and leaves the committed build as it is; for Node.js to load first.
// The builder knows no option for it: it takes the folder from package.json, which Node.js reads once a process.

const path = require('node:path');

const root = path.dirname(__dirname);
require('../package.json').jupyterlab.outputDir = path.relative(root, process.env.BUILD_INTO);
