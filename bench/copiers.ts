import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { ensureImgpkg } from '../test/support/setup/carvel.mjs';

/** Of an image (host/path:tag) to a repository (host/path), both by plain http; the tag is to be v1 there. */
type Command = (from: string, to: string) => readonly string[];

const PLAIN = ['--src-tls-verify=false', '--dest-tls-verify=false'];
const imgpkg: Command = (from, to) => ['copy', '-i', from, '--to-repo', to];

/** How each tool copies an image between registries. */
const COMMANDS: Readonly<Record<string, Command>> = {
  ours: imgpkg,
  imgpkg,
  crane: (from, to) => ['copy', from, `${to}:v1`],
  oras: (from, to) => ['cp', '--from-plain-http', '--to-plain-http', from, `${to}:v1`],
  skopeo: (from, to) => [
    '--insecure-policy',
    'copy',
    '--preserve-digests',
    ...PLAIN,
    `docker://${from}`,
    `docker://${to}:v1`,
  ],
};

export const COPIERS = Object.keys(COMMANDS);

export interface Copied {
  /** null where it was killed */
  readonly code: number | null;
  readonly stderr: string;
}

/**
 * Copies with one of COPIERS. imgpkg is built where it is not there; others than ours have to be on the PATH.
 * @param home where it may keep what it likes
 */
export async function runCopier(
  name: string,
  image: { readonly from: string; readonly to: string },
  home: string,
  started?: (kill: () => void) => void,
): Promise<Copied> {
  const command = COMMANDS[name];
  if (command === undefined) throw new Error(`${name} is none of ${COPIERS.join(', ')}`);
  const args = command(image.from, image.to);
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_STATE_HOME: home };
  const cli = fileURLToPath(new URL('../dist/cli.cjs', import.meta.url));
  const [program, first] =
    name === 'ours' ? [process.execPath, [cli]] : [name === 'imgpkg' ? await ensureImgpkg() : name, []];
  const child = spawn(program, [...first, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  started?.(() => child.kill('SIGKILL'));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}
