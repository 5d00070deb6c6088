// Says whether the committed build is what the compiled source in lib/ gives. Changes neither.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.dirname(__dirname);
const committed = path.resolve(root, require('../package.json').jupyterlab.outputDir);
const fresh = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'mlpipe-build-')));

/** Every file under a folder, by its path inside. */
function filesOf(folder) {
  const entries = fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  const paths = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name));
  return new Map(paths.map(file => [path.relative(folder, file), fs.readFileSync(file)]));
}

try {
  const preload = `--require ${JSON.stringify(path.join(__dirname, 'build-elsewhere.cjs'))}`;
  const env = { ...process.env, BUILD_INTO: fresh, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${preload}` };
  execFileSync('jupyter-builder', ['build', '.'], { cwd: root, env, stdio: 'pipe' });
  fs.copyFileSync(path.join(root, 'install.json'), path.join(fresh, 'install.json'));

  const [before, after] = [filesOf(committed), filesOf(fresh)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const different = names.filter(name => !before.get(name)?.equals(after.get(name) ?? Buffer.alloc(0)));
  if (different.length > 0) {
    process.stderr.write(
      'jupyter_mlpipe/labextension is not what labextension/ gives: run `make lab` and commit it.\n' +
        different.map(name => `  ${name}\n`).join('')
    );
    process.exitCode = 1;
  }
} finally {
  fs.rmSync(fresh, { recursive: true });
}
