import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { imageCommand, isImageTool, programOf, type Tool } from './tools.ts';

export interface Copied {
  /** null where it was killed */
  readonly code: number | null;
  readonly stderr: string;
}

/**
 * Copies an image (host/path:tag) to a repository (host/path) by plain HTTP; its tag there is v1.
 * @param home where the tool may keep what it likes
 */
export async function runCopier(
  tool: Tool,
  image: { readonly from: string; readonly to: string },
  home: string,
  started?: (kill: () => void) => void,
): Promise<Copied> {
  const program = await programOf(tool);
  const hosts = [image.from, image.to].map((reference) => reference.split('/')[0] ?? '');
  const [first = '', ...rest] = program.command;
  let args = ['copy', '-i', image.from, '--to-repo', image.to];
  if (isImageTool(tool)) {
    const { args: own, prefix } = imageCommand(tool, { hosts });
    args = [...own, `${prefix}${image.from}`, `${prefix}${image.to}:v1`];
  }
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_STATE_HOME: home, ...program.env };
  const child = spawn(first, [...rest, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  started?.(() => child.kill('SIGKILL'));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}
