import { nameFilter } from '../text/matching.ts';
import { Loadable } from '../view/loadable.ts';
import type { Loaded } from '../view/loadable.ts';
import type { RegistryReader } from './registry-reader.ts';
import { TagReading } from './tag-reading.ts';
import type { Tags } from './tag-reading.ts';

/** The visible part of a list. */
export interface TagsView extends Loaded<Tags> {
  /** Whether the value contains only the first tags while the others are being read. */
  readonly isPartial?: boolean;
}

export const TAGS_PAGE = 50;

/**
 * The tags of one repository. All names are read, in the background if that takes more than one request, and shown in pages.
 */
export class TagList {
  readonly #list: Loadable<Tags>;
  readonly #begin: () => TagReading;
  readonly #progressed: (isComplete: boolean) => void;
  /** Running or stopped. */
  #reading: TagReading | undefined;
  /** The part of the running read that can be shown. */
  #partial: Tags | undefined;
  /** Resolves when `#partial` is available. */
  #partialShown: PromiseWithResolvers<undefined> | undefined;
  #isStopped = false;
  #filter: string | undefined;
  #matching: { readonly of: Tags; readonly tags: readonly string[] } | undefined;
  #shown = TAGS_PAGE;
  #internalShown = TAGS_PAGE;

  /** @param progressed called when more of a visible list, or all of it, was read */
  constructor(registry: string, path: string, reader: RegistryReader, progressed: (isComplete: boolean) => void) {
    this.#list = new Loadable((signal) => this.#load(signal));
    this.#begin = () => new TagReading(registry, path, reader);
    this.#progressed = progressed;
  }

  /** Number of tags to show. */
  get shown(): number {
    return this.#shown;
  }

  get internalShown(): number {
    return this.#internalShown;
  }

  get filter(): string | undefined {
    return this.#filter;
  }

  /** The tags known without a request. */
  get current(): Loaded<Tags> {
    return this.#list.current;
  }

  /** Number of tags read of an incomplete list. */
  get read(): number {
    return this.#reading?.count ?? 0;
  }

  /** Resolves with all tags. */
  get(): Promise<Loaded<Tags>> {
    return this.#list.get();
  }

  /**
   * Resolves as soon as there is something to show: all tags, or the first ones of a long list while the others are being
   * read.
   */
  async view(): Promise<TagsView> {
    this.#partialShown ??= Promise.withResolvers();
    const all = await Promise.race([this.#list.get(), this.#partialShown.promise]);
    const value = this.#partial;
    if (all?.value !== undefined || value === undefined) return this.#list.current;
    return all === undefined ? { value, isPartial: true } : { value, ...all };
  }

  /** The tags that match the filter, or all of them without a filter. */
  matching(of: Tags): readonly string[] {
    if (this.#filter === undefined) return of.tags;
    if (this.#matching?.of !== of) this.#matching = { of, tags: of.tags.filter(nameFilter(this.#filter)) };
    return this.#matching.tags;
  }

  /** @param text undefined removes the filter */
  setFilter(text: string | undefined): void {
    this.#filter = text;
    this.#matching = undefined;
    this.#shown = TAGS_PAGE;
  }

  /** Whether an incomplete list is shown and reading has stopped. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Stops reading because the list is no longer visible; reading resumes when it is shown again. */
  stop(): void {
    if (!this.#list.isLoading || this.#partial === undefined) return;
    this.#isStopped = true;
    this.#list.invalidate();
  }

  /** Makes the next access read the list again. */
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
    // A complete older list is more useful than the beginning of a new one.
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
