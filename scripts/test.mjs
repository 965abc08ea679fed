// @ts-check
// `npm test`: all tests. Runs on the machine's own Node, installs what is missing, and prepares slow builds while the
// tests that do not need them run. `npm test -- unit registry` runs only these stages.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { failuresOf } from './lib/failures.mjs';
import { ensureInstalled, projectEnvironment, root } from './lib/installed.mjs';
import { endGroup, killGroupsWhenInterrupted } from './lib/process-group.mjs';

/**
 * @typedef {{ name: string, needs: string[], command: string[], counts: boolean, minutes: number }} Stage
 * `minutes`: time limit after which a stage counts as failed; about five times its duration on two idle cores.
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/** Prepared in the background, as separate steps, so that no two builds compete for the same cores. */
const SET_UPS = {
  actionlint: ['test/support/setup/actionlint.mjs'],
  carvel: ['test/support/setup/carvel.mjs'],
  debian: ['test/support/setup/debian.mjs'],
  imgpkgTests: ['test/support/setup/imgpkg-e2e.mjs'],
  distribution: ['test/support/setup/distribution.mjs'],
  olareg: ['test/support/setup/olareg.mjs'],
  cosign: ['test/support/setup/cosign.mjs'],
  crane: ['test/support/setup/crane.mjs'],
  oras: ['test/support/setup/oras.mjs'],
  notation: ['test/support/setup/notation.mjs'],
  kubernetes: ['test/support/setup/kubernetes.mjs'],
  node: ['test/support/setup/node.mjs'],
  vscode: ['test/support/setup/vscode.mjs'],
  oldestVSCode: ['test/support/setup/vscode.mjs', 'oldest'],
};

/** @param {string} folder */
const nodeTests = (folder) => [
  'node',
  '--test',
  '--test-reporter=spec',
  '--test-concurrency=1',
  // Limit for a file and for each of its tests, so that the report names the test that hangs and not just its stage.
  '--test-timeout=1200000',
  `${folder}/**/*.test.ts`,
];

/** @type {Stage[]} */
const STAGES = [
  { name: 'check', needs: [], command: ['node', 'scripts/check.mjs'], counts: false, minutes: 10 },
  { name: 'build', needs: [], command: ['node', 'scripts/build.mjs'], counts: false, minutes: 5 },
  {
    name: 'unit',
    needs: [],
    command: ['node', 'scripts/unit.mjs'],
    counts: true,
    minutes: 10,
  },
  { name: 'release', needs: ['actionlint'], command: nodeTests('test/release'), counts: true, minutes: 10 },
  {
    name: 'registry',
    needs: ['debian', 'carvel', 'distribution', 'olareg', 'crane'],
    command: nodeTests('test/registry'),
    counts: true,
    minutes: 40,
  },
  {
    name: 'interop',
    needs: ['debian', 'carvel', 'distribution', 'olareg', 'cosign', 'crane', 'oras', 'notation'],
    command: nodeTests('test/interop'),
    counts: true,
    minutes: 20,
  },
  {
    name: 'suite',
    needs: ['debian', 'carvel', 'imgpkgTests'],
    command: ['node', 'test/suite/run.ts'],
    counts: true,
    minutes: 20,
  },
  { name: 'faults', needs: ['debian', 'distribution'], command: nodeTests('test/faults'), counts: true, minutes: 40 },
  { name: 'host', needs: ['vscode'], command: ['node', 'test/host/run.ts'], counts: true, minutes: 20 },
  {
    name: 'cluster',
    needs: ['debian', 'carvel', 'kubernetes'],
    command: ['node', 'test/cluster/run.ts'],
    counts: true,
    minutes: 40,
  },
  {
    name: 'node',
    needs: ['debian', 'carvel', 'kubernetes', 'node'],
    command: ['node', 'test/node/run.ts'],
    counts: true,
    minutes: 15,
  },
  {
    name: 'journeys',
    needs: ['debian', 'carvel', 'kubernetes', 'node', 'vscode'],
    command: ['node', 'test/journeys/run.ts'],
    counts: true,
    minutes: 75,
  },
  // Last, because its VS Code is the last to be installed.
  {
    name: 'oldest',
    needs: ['oldestVSCode'],
    command: ['node', 'test/host/run.ts', 'oldest'],
    counts: true,
    minutes: 20,
  },
];

const seconds = (/** @type {number} */ since) => `${((performance.now() - since) / 1000).toFixed(0)} s`;

/**
 * Runs a command in the project's folder, prints its output as it arrives, and returns it.
 * @param {string[]} command
 * @param {{ prefix?: string, minutes?: number }} [options] `prefix` of each line, for background commands; after
 * `minutes` the command is ended with all processes it started, and its code is 124
 * @returns {Promise<{ code: number, output: string }>}
 */
async function run([program = '', ...args], { prefix = '', minutes } = {}) {
  const env = projectEnvironment();
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  killGroupsWhenInterrupted(child);
  let output = '';
  const show = (/** @type {string} */ text) => {
    output += text;
    process.stdout.write(prefix === '' ? text : text.replace(/^(?=.)/gm, prefix));
  };
  child.stdout.setEncoding('utf8').on('data', show);
  child.stderr.setEncoding('utf8').on('data', show);
  let isTooLong = false;
  const end = () => {
    isTooLong = true;
    show(`\nEnded: it hangs, or takes longer than ${minutes} minutes.\n`);
    endGroup(child);
  };
  const limit = minutes === undefined ? undefined : setTimeout(end, minutes * 60_000);
  const [code] = await once(child, 'close');
  clearTimeout(limit);
  return { code: isTooLong ? 124 : (code ?? 1), output };
}

/**
 * Parses the totals that node:test's spec reporter and the host's runner print at the end.
 * @param {string} output
 * @returns {Counts}
 */
function readCounts(output) {
  const plain = /^\w+: (\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m.exec(output);
  if (plain) return { passed: Number(plain[1]), failed: Number(plain[2]), skipped: Number(plain[3] ?? 0) };
  const last = (/** @type {string} */ name) =>
    Number([...output.matchAll(new RegExp(`^ℹ ${name} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  return { passed: last('pass'), failed: last('fail') + last('cancelled'), skipped: last('skipped') + last('todo') };
}

/** @param {string[]} wanted */
function startSetUps(wanted) {
  /** @type {Record<string, Promise<boolean>>} */
  const ready = {};
  const prepare = async (/** @type {string} */ name, /** @type {string[]} */ script) => {
    const started = performance.now();
    const { code } = await run(['node', ...script], { prefix: `[${name}] ` });
    if (code !== 0 || performance.now() - started > 5000) {
      console.log(`[set-up] ${name}: ${code === 0 ? 'ready' : 'FAILED'} after ${seconds(started)}`);
    }
    return code === 0;
  };
  let [go, npm] = [Promise.resolve(true), Promise.resolve(true)];
  for (const [name, script] of Object.entries(SET_UPS)) {
    if (!wanted.includes(name)) continue;
    // Go builds use all cores; installing VS Code mostly waits for the network.
    const isVSCode = name === 'vscode' || name === 'oldestVSCode';
    ready[name] = (isVSCode ? npm : go).then(() => prepare(name, script));
    if (isVSCode) npm = ready[name];
    else go = ready[name];
  }
  return ready;
}

async function main() {
  const started = performance.now();
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown !== undefined)
    throw new Error(`There is no stage '${unknown}': ${STAGES.map(({ name }) => name).join(', ')}`);
  const stages = STAGES.filter(({ name }) => asked.length === 0 || asked.includes(name) || name === 'build');
  await ensureInstalled();
  console.log(`[stage] install: ${seconds(started)}`);
  const ready = startSetUps(stages.flatMap(({ needs }) => needs));
  /** @type {Counts} */
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines = [];
  const failures = [];
  for (const stage of stages) {
    const waited = performance.now();
    const prepared = await Promise.all(stage.needs.map((name) => ready[name] ?? Promise.resolve(false)));
    const wait = performance.now() - waited > 1000 ? `, after waiting ${seconds(waited)} for its set-up` : '';
    const began = performance.now();
    console.log(`\n[stage] ${stage.name}`);
    const isReady = prepared.every(Boolean);
    const { code, output } = isReady ? await run(stage.command, stage) : { code: 1, output: '' };
    const counts = stage.counts ? readCounts(output) : { passed: 0, failed: 0, skipped: 0 };
    // A stage without any test has failed, whatever its exit code; so has one with a bad exit code and no failed test. On
    // some machines all tests of a stage are skipped.
    const isGood = code === 0 && counts.failed === 0 && (!stage.counts || counts.passed + counts.skipped > 0);
    if (!isGood && counts.failed === 0) counts.failed = 1;
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    const again = output.match(/^.*: failed, then passed at the second attempt$/gm)?.length ?? 0;
    const repeats = again > 0 ? `; ${again} of its files passed only at the second attempt, see above` : '';
    const sums = stage.counts ? ` (${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped)` : '';
    const result = isReady ? (isGood ? 'ok' : 'FAILED') : 'FAILED: its set-up is missing';
    lines.push(`[stage] ${stage.name}: ${result} in ${seconds(began)}${wait}${sums}${repeats}`);
    console.log(lines.at(-1));
    if (!isGood || again > 0) failures.push(`\n[stage] ${stage.name}, what failed:`, ...failuresOf(output));
    if (!stage.counts && !isGood) break;
  }
  await Promise.allSettled(Object.values(ready));
  if (failures.length > 0) console.log(failures.join('\n'));
  console.log(`\n${lines.join('\n')}\n[stage] all: ${seconds(started)}\n`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}

await main();
