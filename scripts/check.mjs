// `npm run check`: types, lint (including the architecture rules) and format, in parallel.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The programs' scripts, because the links in node_modules/.bin are not executable on Windows. */
const programs = {
  tsc: 'typescript/bin/tsc',
  oxlint: 'oxlint/bin/oxlint',
  prettier: 'prettier/bin/prettier.cjs',
};
/** Caches the results for the next run; a file counts as changed if its content is. */
const kept = 'test-output/check';
/** @type {[name: string, command: keyof typeof programs, args: string[]][]} */
const checks = [
  ['types', 'tsc', ['--noEmit', '--incremental', '--tsBuildInfoFile', `${kept}/types.tsbuildinfo`]],
  ['types of the page', 'tsc', ['--noEmit', '-p', 'src/webview']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  [
    'format',
    'prettier',
    ['--check', '--log-level=warn', '--cache', '--cache-strategy=content', `--cache-location=${kept}/format`, '.'],
  ],
];

const results = await Promise.all(
  checks.map(
    ([name, command, args]) =>
      new Promise((resolve) => {
        const started = performance.now();
        let output = '';
        const child = spawn(process.execPath, [`${root}node_modules/${programs[command]}`, ...args], { cwd: root });
        child.stdout.on('data', (data) => (output += data));
        child.stderr.on('data', (data) => (output += data));
        child.on('error', (error) => resolve({ name, code: 1, output: String(error) }));
        child.on('close', (code) => resolve({ name, code, output, seconds: (performance.now() - started) / 1000 }));
      }),
  ),
);
for (const { name, code, output, seconds } of results) {
  console.log(`${name}: ${code === 0 ? 'ok' : 'FAILED'} (${seconds?.toFixed(1)} s)`);
  if (code !== 0) console.log(output);
}
process.exit(results.every(({ code }) => code === 0) ? 0 : 1);
