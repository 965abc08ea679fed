import { isAbort } from '../../base/errors.ts';
import { Limiter } from '../../base/limiter.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import type { RegistryReader } from './registry-reader.ts';
import type { TagNode } from './nodes.ts';

/** What is known of a tag: nothing while it is being looked up. */
export interface ArtifactState {
  readonly artifact?: Inspection;
  readonly error?: unknown;
}

const AT_ONCE = 4;

/** What the tags on show are: asked for a page at a time, a few side by side, each once until it is forgotten. */
export class Artifacts {
  readonly #reader: RegistryReader;
  readonly #changed: (node: TagNode) => void;
  readonly #limiter = new Limiter(AT_ONCE);
  readonly #states = new Map<string, ArtifactState>();
  readonly #aborts = new Map<string, AbortController>();

  constructor(reader: RegistryReader, changed: (node: TagNode) => void) {
    this.#reader = reader;
    this.#changed = changed;
  }

  get(node: TagNode): ArtifactState | undefined {
    return this.#states.get(node.id);
  }

  /** Looks up those that are not known yet, and says of each when it is. */
  lookUp(nodes: readonly TagNode[]): void {
    for (const node of nodes) if (!this.#states.has(node.id)) void this.#lookUp(node);
  }

  /** Forgets a repository (registry/path), and ends what is under way for it. */
  forget(repository: string): void {
    this.#aborts.get(repository)?.abort();
    this.#aborts.delete(repository);
    for (const id of this.#states.keys()) if (id.startsWith(`tag:${repository}:`)) this.#states.delete(id);
  }

  forgetAll(): void {
    for (const abort of this.#aborts.values()) abort.abort();
    this.#aborts.clear();
    this.#states.clear();
  }

  async #lookUp(node: TagNode): Promise<void> {
    const { signal } = this.#abortOf(node);
    this.#states.set(node.id, {});
    let state: ArtifactState;
    try {
      const { registry, path, tag } = node;
      const artifact = await this.#limiter.run(signal, () => this.#reader.artifact(registry, path, tag, signal));
      state = { artifact };
    } catch (error) {
      if (isAbort(error)) return;
      state = { error };
    }
    if (signal.aborted) return;
    this.#states.set(node.id, state);
    this.#changed(node);
  }

  #abortOf({ registry, path }: TagNode): AbortController {
    const repository = `${registry}/${path}`;
    const abort = this.#aborts.get(repository) ?? new AbortController();
    this.#aborts.set(repository, abort);
    return abort;
  }
}
