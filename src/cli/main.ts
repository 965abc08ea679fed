#!/usr/bin/env node
// Small: the rest of the command line is a bundle of its own, so that its compiled code can be kept.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

import { compileCacheFolder } from './compile-cache.ts';
import { loadCompiled } from './compiled-code.ts';
import { EarlySignals } from './early-signals.ts';
import type * as Commands from './run.ts';

/** The folder of the bundle, which is a CommonJS module. */
declare const __dirname: string;

const NEEDED = [22, 19] as const;

/** Checked before anything else is loaded, because an old Node version may fail to parse the rest. */
function tooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1]);
}

if (tooOld(process.versions.node)) {
  process.stderr.write(
    `carvel-airgap: Error: Node ${NEEDED.join('.')} or newer is needed, this is ${process.versions.node}\n`,
  );
  process.exitCode = 1;
} else {
  const early = new EarlySignals();
  const args = process.argv.slice(2);
  const folder = compileCacheFolder(process.env, args);
  if (folder === undefined) {
    void import('./run.ts').then(({ run }) => run(args, early));
  } else {
    // For what that file loads in turn.
    enableCompileCache(folder);
    const { run } = loadCompiled(join(__dirname, 'cli-commands.cjs'), folder) as typeof Commands;
    void run(args, early);
  }
}
