import { nameFilter } from '../text/name-filter.ts';
import { Loadable } from '../view/loadable.ts';
import type { Loaded } from '../view/loadable.ts';
import type { RegistryReader } from './registry-reader.ts';
import { TagReading } from './tag-reading.ts';
import type { Tags } from './tag-reading.ts';

/** What can be shown of a list. */
export interface TagsView extends Loaded<Tags> {
  /** The value is of the first ones only; the others are being read. */
  readonly isPartial?: boolean;
}

export const TAGS_PAGE = 50;

/** The tags of one repository: all names are read, in the background where that takes more than a request; shown in pages. */
export class TagList {
  readonly #list: Loadable<Tags>;
  readonly #begin: () => TagReading;
  readonly #progressed: (isComplete: boolean) => void;
  /** Under way, or stopped. */
  #reading: TagReading | undefined;
  /** What there is to show of it. */
  #partial: Tags | undefined;
  /** Resolves when there is that. */
  #partialShown: PromiseWithResolvers<undefined> | undefined;
  #isStopped = false;
  #filter: string | undefined;
  #matching: { readonly of: Tags; readonly tags: readonly string[] } | undefined;
  #shown = TAGS_PAGE;
  #internalShown = TAGS_PAGE;

  /** @param progressed more of a list was read of which some is on show, or all of it */
  constructor(registry: string, path: string, reader: RegistryReader, progressed: (isComplete: boolean) => void) {
    this.#list = new Loadable((signal) => this.#load(signal));
    this.#begin = () => new TagReading(registry, path, reader);
    this.#progressed = progressed;
  }

  /** How many tags are shown. */
  get shown(): number {
    return this.#shown;
  }

  get internalShown(): number {
    return this.#internalShown;
  }

  get filter(): string | undefined {
    return this.#filter;
  }

  /** What is known without asking the registry. */
  get current(): Loaded<Tags> {
    return this.#list.current;
  }

  /** How many were read of a list that is not complete. */
  get read(): number {
    return this.#reading?.count ?? 0;
  }

  /** All of them. */
  get(): Promise<Loaded<Tags>> {
    return this.#list.get();
  }

  /** As soon as there is something to show: all, or the first ones of a long list, while the others are being read. */
  async view(): Promise<TagsView> {
    this.#partialShown ??= Promise.withResolvers();
    const all = await Promise.race([this.#list.get(), this.#partialShown.promise]);
    const value = this.#partial;
    if (all?.value !== undefined || value === undefined) return this.#list.current;
    return all === undefined ? { value, isPartial: true } : { value, ...all };
  }

  /** The tags that the filter lets through; all where there is none. */
  matching(of: Tags): readonly string[] {
    if (this.#filter === undefined) return of.tags;
    if (this.#matching?.of !== of) this.#matching = { of, tags: of.tags.filter(nameFilter(this.#filter)) };
    return this.#matching.tags;
  }

  /** @param text undefined: all are shown again */
  setFilter(text: string | undefined): void {
    this.#filter = text;
    this.#matching = undefined;
    this.#shown = TAGS_PAGE;
  }

  /** The beginning is on show, and nothing more is being read. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Nobody looks any more: a reading that is under way is stopped, and goes on with the next look. */
  stop(): void {
    if (!this.#list.isLoading || this.#partial === undefined) return;
    this.#isStopped = true;
    this.#list.invalidate();
  }

  /** The registry is asked anew with the next look. */
  invalidate(): void {
    this.#endReading();
    this.#list.invalidate();
  }

  more(): void {
    this.#shown += TAGS_PAGE;
  }

  moreInternal(): void {
    this.#internalShown += TAGS_PAGE;
  }

  async #load(signal: AbortSignal): Promise<Tags> {
    // What is there of an older list is better to look at than the beginning of a newer one.
    const showsPartial = this.#list.current.value === undefined;
    const reading = (this.#reading ??= this.#begin());
    this.#isStopped = false;
    const tags = await reading.toEnd(signal, async () => {
      if (!showsPartial || signal.aborted) return;
      this.#partial ??= await reading.sorted();
      (this.#partialShown ??= Promise.withResolvers()).resolve(undefined);
      this.#progressed(false);
    });
    signal.throwIfAborted();
    const wasPartial = this.#partial !== undefined;
    this.#endReading();
    if (wasPartial) this.#progressed(true);
    return tags;
  }

  #endReading(): void {
    this.#reading = undefined;
    this.#partial = undefined;
    this.#partialShown = undefined;
    this.#isStopped = false;
  }
}
