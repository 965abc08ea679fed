import { isAbort } from '../../base/errors.ts';
import { Limiter } from '../../base/limiter.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import type { RegistryReader } from './registry-reader.ts';
import type { ImageNode } from './nodes.ts';

/** What is known of an image; while it is being looked up, what was known before. */
export interface ArtifactState {
  readonly artifact?: Inspection;
  /** Bytes, with the images of a bundle or index; undefined while it is unknown. */
  readonly size?: number;
  /** The size cannot be determined. */
  readonly isSizeUnknown?: boolean;
  readonly error?: unknown;
}

interface Entry {
  readonly node: ImageNode;
  readonly abort: AbortController;
  state: ArtifactState;
  ended: Promise<void>;
}

type Reader = Pick<RegistryReader, 'artifact' | 'wholeSize'>;

const MAX_CONCURRENT = 4;

/** Looks up the visible images a page at a time, with few requests in parallel, and caches the results. */
export class Artifacts {
  readonly #reader: Reader;
  readonly #changed: (node: ImageNode) => void;
  readonly #limiter = new Limiter(MAX_CONCURRENT);
  readonly #entries = new Map<string, Entry>();
  /** Forgotten images: menus depend on the kind, so it stays known until the next lookup has ended. */
  readonly #previous = new Map<string, Inspection>();

  constructor(reader: Reader, changed: (node: ImageNode) => void) {
    this.#reader = reader;
    this.#changed = changed;
  }

  /** Undefined if no lookup was started; while it is running, the previous result. */
  get(node: ImageNode): ArtifactState | undefined {
    return attachedState(node) ?? this.#entries.get(node.id)?.state;
  }

  /** Starts a lookup for the images that are not known yet and announces each result. */
  lookUp(nodes: readonly ImageNode[]): void {
    for (const node of nodes) if (this.get(node) === undefined) this.#start(node);
  }

  /** Looks up one image and waits for the result. */
  async find(node: ImageNode): Promise<ArtifactState> {
    this.lookUp([node]);
    await this.#entries.get(node.id)?.ended;
    return this.get(node) ?? {};
  }

  /** Like `find`, and also determines the size of a tag's bundle or index, which is not done for each row. */
  async findSize(node: ImageNode): Promise<ArtifactState> {
    const { artifact, size } = await this.find(node);
    const entry = this.#entries.get(node.id);
    if (artifact === undefined || size !== undefined || entry === undefined) return this.get(node) ?? {};
    await this.#measure(entry, artifact);
    return entry.state;
  }

  /** Forgets images and cancels their lookups. */
  forget(isRemoved: (node: ImageNode) => boolean): void {
    for (const [id, { node, abort, state }] of this.#entries) {
      if (!isRemoved(node)) continue;
      abort.abort();
      if (state.artifact !== undefined) this.#previous.set(id, state.artifact);
      this.#entries.delete(id);
    }
  }

  #start(node: ImageNode): void {
    const artifact = this.#previous.get(node.id);
    this.#previous.delete(node.id);
    const state = artifact === undefined ? {} : { artifact };
    const entry: Entry = { node, abort: new AbortController(), state, ended: Promise.resolve() };
    this.#entries.set(node.id, entry);
    entry.ended = this.#lookUp(entry);
  }

  async #lookUp(entry: Entry): Promise<void> {
    const { node, abort } = entry;
    const { registry, path } = node;
    const reference = node.kind === 'tag' ? node.tag : node.digest;
    try {
      const artifact = await this.#limiter.run(abort.signal, () =>
        this.#reader.artifact(registry, path, reference, abort.signal),
      );
      const isWhole = artifact.kind === 'image' || artifact.kind === 'other';
      entry.state = { artifact, ...(isWhole ? { size: artifact.size } : {}) };
    } catch (error) {
      if (isAbort(error)) return;
      entry.state = { error };
    }
    if (abort.signal.aborted) return;
    this.#changed(node);
    const { artifact, size } = entry.state;
    if (node.kind === 'content' && artifact !== undefined && size === undefined) void this.#measure(entry, artifact);
  }

  async #measure(entry: Entry, artifact: Inspection): Promise<void> {
    const { node, abort } = entry;
    const size = await this.#reader.wholeSize(node.registry, node.path, artifact, abort.signal);
    if (abort.signal.aborted) return;
    entry.state = { artifact, ...(size === undefined ? { isSizeUnknown: true } : { size }) };
    this.#changed(node);
  }
}

/** The listing of attachments already contains the type of each one. */
function attachedState(node: ImageNode): ArtifactState | undefined {
  if (node.kind !== 'content' || node.content.role !== 'attached') return undefined;
  const { mediaType, size } = node.content;
  return { artifact: { digest: node.digest as Inspection['digest'], mediaType, kind: 'other', size }, size };
}
