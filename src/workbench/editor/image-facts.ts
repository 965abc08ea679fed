import * as vscode from 'vscode';

import { isAbort, hasCode, tryOrUndefined } from '../../base/errors.ts';
import { SingleFlight } from '../../base/single-flight.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';
import type { Reference } from '../../oci/reference.ts';
import type { RegistryReader } from '../registries/registry-reader.ts';

/** What a registry answered for a reference. */
export type ImageFact =
  | { readonly kind: 'found'; readonly image: Inspection }
  | { readonly kind: 'missing' }
  | { readonly kind: 'error'; readonly error: unknown };

/** Milliseconds for which an answer is reused. */
const CACHE_DURATION = 60_000;

/** Answers of registries about the images in documents. Only listed registries are contacted. */
export class ImageFacts implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #reader: Pick<RegistryReader, 'artifact'>;
  readonly #listed: (host: string) => string | undefined;
  readonly #facts = new Map<string, { readonly fact: ImageFact; readonly at: number }>();
  readonly #asking = new SingleFlight<string, ImageFact>();
  readonly #abort = new AbortController();

  /**
   * @param listed returns the listed name of a registry, also for the name that a cluster uses; undefined if it is not
   * listed
   */
  constructor(reader: Pick<RegistryReader, 'artifact'>, listed: (host: string) => string | undefined) {
    this.#reader = reader;
    this.#listed = listed;
    this.onDidChange = this.#changes.event;
  }

  /** Returns the cached answer without a request. */
  known(image: string): ImageFact | undefined {
    const reference = tryOrUndefined(() => parseReference(image));
    return reference === undefined ? undefined : this.#facts.get(formatReference(reference))?.fact;
  }

  /** Returns undefined if the reference is invalid or its registry is not listed. */
  async ask(image: string): Promise<ImageFact | undefined> {
    const reference = tryOrUndefined(() => parseReference(image));
    const registry = reference && this.#listed(reference.registry);
    if (reference === undefined || registry === undefined) return undefined;
    const key = formatReference(reference);
    const known = this.#facts.get(key);
    if (known !== undefined && Date.now() - known.at < CACHE_DURATION) return known.fact;
    const fact = await this.#asking.do(key, () => this.#look({ ...reference, registry }));
    this.#asking.forget(key);
    this.#facts.set(key, { fact, at: Date.now() });
    this.#changes.fire();
    return fact;
  }

  /** Clears the cache after a change of settings or credentials, or after a write to a registry. */
  forget(): void {
    this.#facts.clear();
    this.#changes.fire();
  }

  dispose(): void {
    this.#abort.abort();
    this.#changes.dispose();
  }

  async #look({ registry, path, tag, digest }: Reference): Promise<ImageFact> {
    try {
      const image = await this.#reader.artifact(registry, path, digest ?? tag ?? 'latest', this.#abort.signal);
      return { kind: 'found', image };
    } catch (error) {
      if (isAbort(error)) throw error;
      return hasCode(error, 'oci.not-found') ? { kind: 'missing' } : { kind: 'error', error };
    }
  }
}
