import { AirgapError, isAbort } from '../base/errors.ts';
import { SingleFlight } from '../base/single-flight.ts';
import type { Registries } from '../oci/registries.ts';
import { formatRepository } from '../oci/reference.ts';
import type { Repository } from '../oci/reference.ts';

const TAGS_PER_PAGE = 1000;

/** Lists the tags of repositories, each once. */
export class TagLists {
  readonly #registries: Registries;
  readonly #lists = new SingleFlight<string, ReadonlySet<string> | undefined>();

  constructor(registries: Registries) {
    this.#registries = registries;
  }

  /**
   * All tags of a repository, none if it does not exist; undefined if it does not list them, or only in more pages.
   * @param pages maximum number of requests; only the first call for a repository sends any
   */
  list({ registry, path }: Repository, pages: number, signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    return this.#lists.do(formatRepository({ registry, path }), async () => {
      const client = this.#registries.client(registry);
      const found = new Set<string>();
      let last: string | undefined;
      try {
        for (let page = 0; page < pages; page++) {
          const options = { limit: TAGS_PER_PAGE, signal, ...(last === undefined ? {} : { last }) };
          const { tags, next } = await client.tags(path, options);
          for (const tag of tags) found.add(tag);
          if (next === undefined) return found;
          last = next;
        }
      } catch (error) {
        if (isAbort(error) || !(error instanceof AirgapError)) throw error;
        const isUnknown = error.code === 'oci.not-found' && error.args['codes'] === 'NAME_UNKNOWN';
        if (isUnknown && last === undefined) return found;
      }
      return undefined;
    });
  }
}
