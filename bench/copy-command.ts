import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { measure, type Measured } from './measure.ts';
import { type BenchSource, lockOf } from './source.ts';
import { imageCommand, isImageTool, programOf, type ImageTool, type Tool } from './tools.ts';

/** Processes of a tool that copies one image each. */
export const PARALLEL = 4;
const TIMEOUT = 20 * 60_000;

/** One copy of a source, for any tool. */
export interface Copy {
  readonly source: BenchSource;
  /** host:port of the source's registry; undefined if it is a tar. */
  readonly from: string | undefined;
  /** host:port/path; undefined if it is a tar. */
  readonly to: string | undefined;
  readonly tar: string;
  readonly caFile: string | undefined;
  /** For the lock. */
  readonly folder: string;
  /** Has a folder for each tool, for what it keeps from one copy to the next. */
  readonly homes: string;
}

/** @throws if the tool fails */
export async function copy(tool: Tool, options: Copy): Promise<Measured> {
  return isImageTool(tool) ? copyImages(tool, options) : copyBundle(tool, options);
}

async function copyBundle(
  tool: 'ours' | 'imgpkg',
  { source, from, to, tar, caFile, folder, homes }: Copy,
): Promise<Measured> {
  const { command, env } = await programOf(tool);
  const lock = join(folder, 'images.yml');
  if (source.root === undefined && from !== undefined) {
    await writeFile(lock, lockOf(`${from}/${source.path}`, source.images));
  }
  const given = source.root === undefined ? ['--lock', lock] : ['-b', `${from}/${source.path}:v1`];
  const args = [
    ...(from === undefined ? ['--tar', tar] : given),
    ...(to === undefined ? ['--to-tar', tar] : ['--to-repo', to]),
    ...(caFile === undefined ? [] : ['--registry-ca-cert-path', caFile]),
  ];
  return measure([...command, 'copy', ...args], { env: { HOME: join(homes, tool), ...env }, timeout: TIMEOUT });
}

/** All images of the list, some at a time, each in a process of its own: what a script around the tool would do. */
async function copyImages(tool: ImageTool, { source, from, to, caFile, homes }: Copy): Promise<Measured> {
  if (from === undefined || to === undefined) throw new Error(`${tool} knows no bundle in a tar`);
  const { command, env } = await programOf(tool);
  const hosts = [from, to.split('/')[0] ?? ''];
  const { args, prefix, env: trust } = imageCommand(tool, { hosts, caFile });
  const pairs = source.images.flatMap((digest) => {
    const tag = digest === source.root ? 'v1' : `${digest.replace(':', '-')}.imgpkg`;
    return [`${prefix}${from}/${source.path}@${digest}`, `${prefix}${to}:${tag}`];
  });
  const parallel = ['xargs', '-0', '-P', String(PARALLEL), '-n', '2'];
  const input = pairs.map((reference) => `${reference}\0`).join('');
  const home = { HOME: join(homes, tool), ...env, ...trust };
  return measure([...parallel, ...command, ...args], { env: home, input, timeout: TIMEOUT });
}
