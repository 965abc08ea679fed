#!/usr/bin/env node
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
  void import('./run.ts').then(({ run }) => run(process.argv.slice(2)));
}
