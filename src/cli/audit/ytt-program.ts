import { spawn } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

import { abortError, isAbort } from '../../base/errors.ts';
import { Limiter } from '../../base/limiter.ts';
import type { YttRun, YttRunner } from '../../audit/workload/ytt-runner.ts';
import { cliError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A template is a program of whoever made the bundle: it gets this long, and may say this much. */
const TIMEOUT = 60_000;
/** Runs at once. */
const PARALLEL = 2;
const OUTPUT_LIMIT = 64 * 1024 * 1024;
/** Nothing of it is read by ytt itself: it has no network and opens only files that it is given. */
const APP = 'app';
const INLINE = 'inline';

/**
 * ytt as kapp-controller runs it, on the program that the user's PATH has.
 * @throws cli.program-missing
 */
export async function yttOnPath(environment: Environment): Promise<YttRunner> {
  const limiter = new Limiter(PARALLEL);
  // A relative entry of PATH would be a folder of whoever owns the working directory.
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const file = process.platform === 'win32' ? 'ytt.exe' : 'ytt';
  for (const folder of folders) {
    const program = join(folder, file);
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return (run, signal) => limiter.run(signal, () => runYtt(program, run, signal));
  }
  throw cliError('program-missing', { program: 'ytt', flag: '--render' });
}

async function runYtt(program: string, run: YttRun, signal: AbortSignal): ReturnType<YttRunner> {
  const unsafe = [...run.paths, ...run.step.valuesPaths].find((path) => /[=\0]|(?:^|[\\/])\.\.(?:[\\/]|$)/.test(path));
  // ytt reads NAME=FILE as another file under that name.
  if (unsafe !== undefined) return { reason: `the path '${unsafe}' is not given to ytt` };
  const folder = await mkdtemp(join(tmpdir(), 'carvel-airgap-render-'));
  try {
    await writeFiles(join(folder, APP), run.files);
    await writeFiles(join(folder, INLINE), new Map(run.inline));
    const stream = run.stream.map((document) => `---\n${JSON.stringify(document)}\n`).join('');
    return await outputOf(program, argumentsOf(run, folder), folder, stream, signal);
  } catch (error) {
    if (isAbort(error) || !(error instanceof Error)) throw error;
    // Two entries of a tar that cannot both be files, or a full disk.
    return { reason: error.message.replaceAll(`${folder}/`, '') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As kapp-controller puts them together (pkg/template/ytt.go). */
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
    // Nothing of the user's own environment: a template could print it.
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
    // One that ends without reading breaks the pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** What ytt says, in one line and without the folder that is gone by then. */
function shortened(errors: string, folder: string): string {
  const text = errors
    .replaceAll(`${folder}/${APP}/`, '')
    .replace(/^ytt: Error:\s*/, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text === '' ? 'it ended with an error' : text.slice(0, 500);
}
