import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

export interface LoggedRequest {
  readonly method: string;
  /** Including the query. */
  readonly path: string;
  readonly status: number;
  /** Bytes of the response body. */
  readonly bytes: number;
  readonly userAgent: string;
}

// Apache's combined format: host - user [time] "METHOD path HTTP/1.1" status bytes "referrer" "agent"
const line = /^\S+ \S+ \S+ \[[^\]]*\] "(\S+) (\S+) [^"]*" (\d+) (\d+) "[^"]*" "([^"]*)"$/;

/** Reads the access log of a registry. */
export class AccessLog {
  readonly #file: string;
  readonly #ping: (query: string) => Promise<number>;
  #markers = 0;
  #start = 0;

  constructor(file: string, ping: (query: string) => Promise<number>) {
    this.#file = file;
    this.#ping = ping;
  }

  /** Ignores the requests that determined whether the registry is ready. */
  async forgetStart(): Promise<void> {
    this.#start = (await this.#readToMarker()).length;
  }

  async requests(): Promise<LoggedRequest[]> {
    const all = await this.#readToMarker();
    return all.slice(this.#start).filter(({ path }) => !path.includes(marker));
  }

  /**
   * Sends a request and waits for its log line: each line is written after its response, so all earlier ones are then
   * present.
   */
  async #readToMarker(): Promise<LoggedRequest[]> {
    const query = `?${marker}=${this.#markers++}`;
    await this.#ping(query);
    for (let attempt = 0; attempt < 100; attempt++) {
      const requests = parse(await readFile(this.#file, 'utf8'));
      // A relocation that runs may send more requests after it.
      const marked = requests.findIndex(({ path }) => path.endsWith(query));
      if (marked >= 0) return requests.slice(0, marked + 1);
      await wait(10);
    }
    throw new Error(`${this.#file} does not show the request ${query}`);
  }
}

const marker = 'access-log-marker';

function parse(text: string): LoggedRequest[] {
  return text.split('\n').flatMap((entry) => {
    const match = line.exec(entry);
    if (!match) return [];
    const [, method = '', path = '', status, bytes, userAgent = ''] = match;
    return [{ method, path, status: Number(status), bytes: Number(bytes), userAgent }];
  });
}
