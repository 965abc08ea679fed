#!/usr/bin/env node
// Small: the rest of the command line is a bundle of its own, so that Node can take its compiled code from the cache.
import { enableCompileCache } from 'node:module';

import { compileCacheFolder } from './compile-cache.ts';

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
  const args = process.argv.slice(2);
  const folder = compileCacheFolder(process.env, args);
  if (folder !== undefined) enableCompileCache(folder);
  void import('./run.ts').then(({ run }) => run(args));
}
