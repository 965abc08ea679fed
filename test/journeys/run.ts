// Runs the journeys: packages the extension once, then one journey after the other (each has a whole VS Code to itself).
// `node test/journeys/run.ts [file …]`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packagedExtension } from '../support/vscode/vsix.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : globSync('test/journeys/**/*.test.ts', { cwd: root }).sort();
const VSIX = await packagedExtension();
const tests = spawn(process.execPath, ['--test', '--test-concurrency=1', ...files], {
  cwd: root,
  env: { ...process.env, VSIX },
  stdio: 'inherit',
});
const [code] = (await once(tests, 'exit')) as [number | null];
process.exitCode = code ?? 1;
