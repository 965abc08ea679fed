import { createHash, randomBytes } from 'node:crypto';
import { constants, fstatSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { access, chmod, chown, open, readdir, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

/** What an output path refers to. */
export type Output =
  /** `path` is fully resolved; without `existing` the file does not exist yet. */
  | { readonly kind: 'file'; readonly path: string; readonly existing?: Stats; readonly isShared: boolean }
  /** A device or pipe, which must never be replaced by a file. */
  | { readonly kind: 'stream'; readonly path: string }
  /** The same file, pipe or terminal as a standard stream of this process. */
  | { readonly kind: 'standard'; readonly stream: NodeJS.WriteStream };

const MAX_LINKS = 40;
/** The mode that imgpkg uses for lock files. */
const NEW_MODE = 0o600;

/**
 * Resolves an output path through symlinks, even if the target does not exist yet.
 * @throws Error with a reason if the target cannot be written
 */
export async function findOutput(path: string): Promise<Output> {
  if (/(?:^|[\\/])$/.test(path)) throw new Error('it does not name a file');
  const existing = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (existing === undefined) return { kind: 'file', path: (await followLinks(path)).path, isShared: false };
  const standard = standardStream(existing);
  if (standard !== undefined) return { kind: 'standard', stream: standard };
  if (existing.isDirectory()) throw new Error('a folder with this name exists');
  if (existing.isSocket()) throw new Error('it is a socket');
  if (existing.isBlockDevice()) throw new Error('it is a disk');
  await access(path, constants.W_OK);
  if (!existing.isFile()) return { kind: 'stream', path };
  // Replacing the file would not be seen by a process that has it open or through another hard link.
  const isShared = existing.nlink > 1 || (await followLinks(path)).isOpenFile;
  return { kind: 'file', path: await realpath(path), existing, isShared };
}

/**
 * Checks that a path is writable before the work whose result goes there.
 * @throws Error with a reason
 */
export async function checkOutput(path: string): Promise<void> {
  const output = await findOutput(path);
  if (output.kind === 'file' && output.existing === undefined) await checkFolder(output.path);
}

/**
 * Checks by creating and removing a file that a path's folder is writable, because permissions are not the whole truth
 * (read-only file systems, network shares, root).
 */
export async function checkFolder(path: string): Promise<void> {
  if (Buffer.byteLength(basename(path)) > 255) throw Object.assign(new Error(), { code: 'ENAMETOOLONG' });
  await removeLeftovers(path);
  const probe = temporaryName(path);
  await (await open(probe, 'wx', NEW_MODE)).close();
  await rm(probe, { force: true });
}

/**
 * Writes content to an output path. A file has either its old or its complete new content and keeps its permissions and
 * owner; devices and pipes are written to directly.
 * @throws Error with a reason; the old content is still there
 */
export async function writeOutput(path: string, content: string | Buffer): Promise<void> {
  const output = await findOutput(path);
  if (output.kind === 'standard') return writeStandard(output.stream, content);
  if (output.kind === 'stream') return writeInto(output.path, content, constants.O_WRONLY);
  const { existing } = output;
  if (output.isShared) return writeInto(output.path, content, constants.O_WRONLY | constants.O_TRUNC);
  try {
    await replace(output.path, content, existing);
  } catch (error) {
    // A file may be writable although it cannot be replaced: its folder belongs to someone else, or it is a mount
    // point.
    if (existing === undefined || !IRREPLACEABLE.has(codeOf(error) ?? '')) throw error;
    await writeInto(output.path, content, constants.O_WRONLY | constants.O_TRUNC);
  }
}

const IRREPLACEABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV']);

async function replace(path: string, content: string | Buffer, existing: Stats | undefined): Promise<void> {
  await removeLeftovers(path);
  const temporary = temporaryName(path);
  try {
    await writeFile(temporary, content, { flag: 'wx', mode: NEW_MODE, flush: true });
    if (existing !== undefined) await takeOver(temporary, existing);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Copies permissions and owner from the file that is replaced. */
export async function takeOver(path: string, existing: Stats): Promise<void> {
  await chmod(path, existing.mode & 0o777);
  const own = await stat(path);
  if (own.uid !== existing.uid || own.gid !== existing.gid) await chown(path, existing.uid, existing.gid);
}

async function writeInto(path: string, content: string | Buffer, flags: number): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

function writeStandard(stream: NodeJS.WriteStream, content: string | Buffer): Promise<void> {
  return new Promise((written, failed) => {
    stream.write(content, (error) => (error ? failed(error) : written()));
  });
}

function standardStream({ dev, ino }: Stats): NodeJS.WriteStream | undefined {
  return [process.stdout, process.stderr].find(({ fd }) => {
    try {
      const own = fstatSync(fd);
      return own.dev === dev && own.ino === ino;
    } catch {
      return false;
    }
  });
}

/** Resolves a path's symlinks; `isOpenFile` if it goes through a process's open files (/dev/fd/3). */
async function followLinks(path: string): Promise<{ path: string; isOpenFile: boolean }> {
  let [current, isOpenFile] = [path, false];
  for (let links = 0; links < MAX_LINKS; links++) {
    const link = await readlink(current).catch(() => undefined);
    if (link === undefined) return { path: current, isOpenFile };
    const folder = await realpath(dirname(current));
    isOpenFile ||= /^\/proc\/[^/]+\/(?:task\/[^/]+\/)?fd$/.test(folder);
    current = resolve(folder, link);
  }
  throw new Error('it is a symlink that leads nowhere');
}

/** Short, so that it does not exceed the length limit for file names. Names the process, so that others know its end. */
function temporaryName(path: string): string {
  return join(dirname(path), `.carvel-airgap-${ownHost()}-${process.pid}-${randomBytes(4).toString('hex')}.partial`);
}

const TEMPORARY = /^\.carvel-airgap-(?<host>[0-9a-f]{8})-(?<pid>\d+)-[0-9a-f]{8}\.partial$/;

function ownHost(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

/** Removes temporary files that killed processes of this machine left in a path's folder. */
async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder).catch(() => [])) {
    const { host, pid } = TEMPORARY.exec(name)?.groups ?? {};
    if (host !== ownHost() || pid === undefined || isRunning(Number(pid))) continue;
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM means that the process exists but belongs to another user.
    return codeOf(error) === 'EPERM';
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'the folder does not exist',
  ENOTDIR: 'the folder does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'its disk is read-only',
  ELOOP: 'it is a symlink that leads nowhere',
  ENAMETOOLONG: 'its name is too long',
  ENOSPC: 'the disk is full',
  EPIPE: 'nobody reads it any more',
};

/** The reason for a failed write, for display. */
export function writingReason(error: unknown): string {
  return REASONS[codeOf(error) ?? ''] ?? (error instanceof Error ? error.message : String(error));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
