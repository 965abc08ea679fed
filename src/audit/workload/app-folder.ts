import { posix } from 'node:path';

/** What a fetch step puts into an App's folder. */
export interface FetchedFiles {
  /** Contents by path, as far as they were read. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Files whose contents, or even names, are unknown. */
  readonly unread: ReadonlySet<string>;
  readonly isComplete: boolean;
}

/** The target folder of a fetch step: the App's folder for a single step, otherwise a folder per step. */
export function folderOf(path: string | undefined, index: number, count: number): string {
  if (path !== undefined) return posix.join('/', path).slice(1);
  return count === 1 ? '' : String(index);
}

/** An App's files as kapp-controller arranges them for its template steps. Paths are relative and use slashes. */
export class AppFolder {
  /** False if there may be unknown files. */
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

  /** The files at or below a path, sorted; undefined if there are none or the path leaves the folder. */
  at(path: string): [string, Buffer][] | undefined {
    const clean = posix.normalize(posix.join('.', path)).replace(/\/$/, '');
    if (clean === '..' || clean.startsWith('../')) return undefined;
    const isBelow = (file: string): boolean => clean === '.' || file === clean || file.startsWith(`${clean}/`);
    const found = [...this.#files].filter(([file]) => isBelow(file)).sort(([a], [b]) => (a < b ? -1 : 1));
    return found.length > 0 || [...this.#unread].some(isBelow) ? found : undefined;
  }

  /** Files at or below a path whose contents are unknown. */
  unreadAt(path: string): string[] {
    const clean = posix.normalize(posix.join('.', path)).replace(/\/$/, '');
    return [...this.#unread].filter((file) => clean === '.' || file === clean || file.startsWith(`${clean}/`));
  }
}
