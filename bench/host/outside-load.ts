import { startHttpServer, type HttpServer } from '../../test/support/http-server.ts';
import { runCopier } from '../copiers.ts';

/**
 * imgpkg, copying the same image again and again from `POST /begin` to `POST /end`, which answers with the bytes by
 * second: the control. It says what a busy machine does to the extension host, without anything of ours.
 * @param atOnce how many copies at once
 * @param bytes of one copy
 */
export function startOutsideLoad(
  image: { readonly from: string; readonly to: string },
  atOnce: number,
  bytes: number,
  home: string,
): Promise<HttpServer> {
  let copies = 0;
  let running: OutsideLoad | undefined;
  return startHttpServer((request, response) => {
    if (request.url === '/begin') {
      running = new OutsideLoad(atOnce, (started) =>
        runCopier('imgpkg', { from: image.from, to: `${image.to}-${++copies}` }, home, started),
      );
      response.end();
      return;
    }
    void running?.end().then(
      (seconds) => response.end(String((atOnce * bytes) / seconds)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
}

type Copy = (started: (kill: () => void) => void) => ReturnType<typeof runCopier>;

class OutsideLoad {
  readonly #copy: Copy;
  readonly #kills = new Set<() => void>();
  readonly #seconds: number[] = [];
  readonly #loops: Promise<unknown>;
  #isOver = false;

  constructor(atOnce: number, copy: Copy) {
    this.#copy = copy;
    this.#loops = Promise.all(Array.from({ length: atOnce }, () => this.#loop()));
    // Told when it is ended.
    this.#loops.catch(() => undefined);
  }

  /** @returns how many seconds a copy took; not a number where none came to its end */
  async end(): Promise<number> {
    this.#isOver = true;
    for (const kill of this.#kills) kill();
    await this.#loops;
    return this.#seconds.reduce((sum, each) => sum + each, 0) / this.#seconds.length;
  }

  async #loop(): Promise<void> {
    while (!this.#isOver) {
      const began = performance.now();
      let kill = () => {};
      const { code, stderr } = await this.#copy((given) => this.#kills.add((kill = given)));
      this.#kills.delete(kill);
      if (this.#isOver) return;
      if (code !== 0) throw new Error(`imgpkg ended with ${code}: ${stderr}`);
      this.#seconds.push((performance.now() - began) / 1000);
    }
  }
}
