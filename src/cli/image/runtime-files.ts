import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { cliError } from '../errors.ts';

/** A file or folder of an image. */
export interface ImageFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly mode: number;
  /** User and group; default root. */
  readonly owner?: number;
  /** Undefined for a folder. */
  readonly content?: Buffer;
}

/** Node and the shared libraries that it needs, at the paths where the dynamic linker looks for them. */
export interface Runtime {
  readonly files: readonly ImageFile[];
  readonly libraryFolders: readonly string[];
}

export const NODE = 'usr/local/bin/node';
/** What is started, and what it loads. */
export const PROGRAM = 'cli.cjs';
const PARTS = ['cli-commands.cjs', 'mcp-sdk.cjs'];
const NOTICES = 'THIRD-PARTY-NOTICES.txt';

/**
 * The Node that runs this, with the libraries that it has loaded. Certificate authorities are part of Node itself.
 * @throws cli.image-needs-linux, cli.file-unreadable
 */
export async function readRuntime(): Promise<Runtime> {
  if (process.platform !== 'linux') throw cliError('image-needs-linux', { platform: process.platform });
  const libraries = await sharedLibraries();
  const files = await Promise.all(
    libraries.map(async (path): Promise<ImageFile> => ({
      path: path.slice(1),
      mode: 0o755,
      content: await read(path),
    })),
  );
  const node: ImageFile = { path: NODE, mode: 0o755, content: await read(process.execPath) };
  return { files: [node, ...files], libraryFolders: [...new Set(libraries.map((path) => dirname(path)))] };
}

/**
 * The files of the command line that runs, and the licenses of what it contains.
 * @param folder of the image
 */
export async function readProgram(folder: string): Promise<ImageFile[]> {
  const from = dirname(await realpath(process.argv[1] ?? ''));
  const file = (name: string, mode: number, content: Buffer): ImageFile => ({
    path: `${folder}/${name}`,
    mode,
    content,
  });
  const notices = await readFile(join(from, NOTICES)).catch(() => undefined);
  const parts = PARTS.map(async (name) => file(name, 0o644, await read(join(from, name))));
  return [
    file(PROGRAM, 0o755, await read(join(from, PROGRAM))),
    ...(await Promise.all(parts)),
    ...(notices === undefined ? [] : [file(NOTICES, 0o644, notices)]),
  ];
}

/** Absolute paths, sorted; with the dynamic linker, without what the kernel provides. */
async function sharedLibraries(): Promise<string[]> {
  const { sharedObjects, glibc } = loaded();
  const paths = sharedObjects.filter((path) => path.startsWith('/'));
  return [...new Set([...paths, ...(await nameServices(paths, glibc))])].sort();
}

function loaded(): { sharedObjects: readonly string[]; glibc: string } {
  // Looking up the names of this machine's addresses would take long without a DNS server.
  Object.assign(process.report, { excludeNetwork: true });
  const { sharedObjects, header } = process.report.getReport() as unknown as {
    sharedObjects: readonly string[];
    header: { glibcVersionRuntime?: string };
  };
  return { sharedObjects, glibc: header.glibcVersionRuntime ?? '' };
}

/** Before version 2.34, glibc loads separate libraries when the first host name is resolved. */
async function nameServices(loadedPaths: readonly string[], glibc: string): Promise<string[]> {
  const [major = 0, minor = 0] = glibc.split('.').map(Number);
  const libc = loadedPaths.find((path) => path.endsWith('/libc.so.6'));
  if (libc === undefined || major !== 2 || minor >= 34) return [];
  const candidates = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'].map((name) =>
    join(dirname(libc), name),
  );
  const exist = await Promise.all(candidates.map((path) => stat(path).catch(() => undefined)));
  return candidates.filter((_, index) => exist[index] !== undefined);
}

function read(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw cliError('file-unreadable', { path, reason: error instanceof Error ? error.message : String(error) }, error);
  });
}
