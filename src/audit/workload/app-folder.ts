import { posix } from 'node:path';

/** What a fetch step puts into the folder of an App. */
export interface FetchedFiles {
  /** Contents by path, as far as they were read. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** There are others whose contents, or even names, are not known. */
  readonly unread: ReadonlySet<string>;
  readonly isComplete: boolean;
}

/** Where a fetch step puts its files: a single one fills the App's folder, each of several has a folder of its own. */
export function folderOf(path: string | undefined, index: number, count: number): string {
  if (path !== undefined) return posix.join('/', path).slice(1);
  return count === 1 ? '' : String(index);
}

/** The files of an App as kapp-controller lays them out for its template steps. Paths are relative and use slashes. */
export class AppFolder {
  /** False where files may be there that are not known here. */
  readonly isComplete: boolean;
  readonly #files = new Map<string, Buffer>();
  readonly #unread = new Set<string>();

  constructor(fetched: readonly (FetchedFiles & { readonly folder: string })[]) {
    this.isComplete = fetched.every(({ isComplete }) => isComplete);
    for (const { folder, files, unread } of fetched) {
      for (const [path, content] of files) this.#files.set(posix.join(folder, path), content);
      for (const path of unread) this.#unread.add(posix.join(folder, path));
    }
  }

  get files(): ReadonlyMap<string, Buffer> {
    return this.#files;
  }

  /** The files at a path, or below it, in order; undefined where there is nothing, or the path leads out of the folder. */
  at(path: string): [string, Buffer][] | undefined {
    const clean = posix.normalize(posix.join('.', path)).replace(/\/$/, '');
    if (clean === '..' || clean.startsWith('../')) return undefined;
    const isBelow = (file: string): boolean => clean === '.' || file === clean || file.startsWith(`${clean}/`);
    const found = [...this.#files].filter(([file]) => isBelow(file)).sort(([a], [b]) => (a < b ? -1 : 1));
    return found.length > 0 || [...this.#unread].some(isBelow) ? found : undefined;
  }

  /** Files at a path, or below it, whose contents are not known. */
  unreadAt(path: string): string[] {
    const clean = posix.normalize(posix.join('.', path)).replace(/\/$/, '');
    return [...this.#unread].filter((file) => clean === '.' || file === clean || file.startsWith(`${clean}/`));
  }
}
