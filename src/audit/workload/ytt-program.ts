import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

import { abortError, isAbort } from '../../base/errors.ts';
import { Limiter } from '../../base/limiter.ts';
import { findProgram } from '../../base/programs.ts';
import type { YttRun, YttRunner } from './ytt-runner.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Limits the time and output of a template, which is an untrusted program. */
const TIMEOUT = 60_000;
/** Maximum number of concurrent runs. */
const PARALLEL = 2;
const OUTPUT_LIMIT = 64 * 1024 * 1024;
/** ytt has no network access and only opens the files that it is given. */
const APP = 'app';
const INLINE = 'inline';

/** Runs the ytt program found in PATH as kapp-controller does; undefined if there is none. */
export async function yttOnPath(environment: Environment): Promise<YttRunner | undefined> {
  const limiter = new Limiter(PARALLEL);
  const program = await findProgram('ytt', environment);
  if (program === undefined) return undefined;
  return (run, signal) => limiter.run(signal, () => runYtt(program, run, signal));
}

async function runYtt(program: string, run: YttRun, signal: AbortSignal): ReturnType<YttRunner> {
  const unsafe = [...run.paths, ...run.step.valuesPaths].find((path) => /[=\0]|(?:^|[\\/])\.\.(?:[\\/]|$)/.test(path));
  // ytt would read NAME=FILE as another file with that name.
  if (unsafe !== undefined) return { reason: `the path '${unsafe}' is not given to ytt` };
  const folder = await mkdtemp(join(tmpdir(), 'carvel-airgap-render-'));
  try {
    await writeFiles(join(folder, APP), run.files);
    await writeFiles(join(folder, INLINE), new Map(run.inline));
    const stream = run.stream.map((document) => `---\n${JSON.stringify(document)}\n`).join('');
    return await outputOf(program, argumentsOf(run, folder), folder, stream, signal);
  } catch (error) {
    if (isAbort(error) || !(error instanceof Error)) throw error;
    // Two tar entries that cannot both be files, or a full disk.
    return { reason: error.message.replaceAll(`${folder}/`, '') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds the arguments in the same way as kapp-controller (pkg/template/ytt.go). */
function argumentsOf({ step, paths, inline }: YttRun, folder: string): string[] {
  const at = (path: string): string => join(folder, APP, path);
  return [
    ...(step.ignoresUnknownComments ? ['--ignore-unknown-comments'] : []),
    ...paths.flatMap((path) => ['-f', path === '-' ? '-' : at(path)]),
    ...(inline.length === 0 ? [] : ['-f', join(folder, INLINE)]),
    ...step.fileMarks.flatMap((mark) => ['--file-mark', mark]),
    ...step.valuesPaths.flatMap((path) => ['--data-values-file', at(path)]),
  ];
}

async function writeFiles(folder: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [path, content] of files) {
    const parts = path.split('/');
    if (isAbsolute(path) || parts.includes('..') || /[\0\\:]/.test(path)) continue;
    const file = join(folder, ...parts);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

function outputOf(
  program: string,
  args: readonly string[],
  cwd: string,
  input: string,
  signal: AbortSignal,
): Promise<{ text: string } | { reason: string }> {
  return new Promise((resolve, reject) => {
    // The user's environment is withheld, because a template could print it.
    const env = { HOME: cwd, PATH: '' };
    const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let errors = '';
    let ended: string | undefined;
    const end = (reason: string): void => {
      ended ??= reason;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => end(`it gave nothing within ${TIMEOUT / 1000} seconds`), TIMEOUT);
    const onAbort = (): void => end('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > OUTPUT_LIMIT) end(`it gave more than ${OUTPUT_LIMIT} bytes`);
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (errors.length < 10_000) errors += chunk.toString('utf8');
    });
    child.on('error', (error) => end(error.message));
    child.on('close', (code) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      const reason = ended ?? (code === 0 ? undefined : shortened(errors, cwd));
      if (signal.aborted) reject(abortError());
      else resolve(reason === undefined ? { text: Buffer.concat(chunks).toString('utf8') } : { reason });
    });
    // Writing to a process that exits without reading fails with EPIPE.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** ytt's message on one line, without the path of the temporary folder. */
function shortened(errors: string, folder: string): string {
  const text = errors
    .replaceAll(`${folder}/${APP}/`, '')
    .replace(/^ytt: Error:\s*/, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text === '' ? 'it ended with an error' : text.slice(0, 500);
}
