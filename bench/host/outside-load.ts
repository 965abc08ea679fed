import { startHttpServer, type HttpServer } from '../../test/support/http-server.ts';
import { runCopier } from '../copiers.ts';

/**
 * A program that copies the same image again and again from `POST /begin/<which>` to `POST /end`, which answers with the bytes
 * by second: the control. It says what a busy machine does to the extension host that has nothing to do with the copy.
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
    const [, action, which] = (request.url ?? '').split('/');
    if (action === 'begin') {
      const copier = which === 'imgpkg' ? 'imgpkg' : 'ours';
      running = new OutsideLoad(atOnce, copier, (started) =>
        runCopier(copier, { from: image.from, to: `${image.to}-${++copies}` }, home, started),
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
  readonly #name: string;
  readonly #copy: Copy;
  readonly #kills = new Set<() => void>();
  readonly #seconds: number[] = [];
  readonly #loops: Promise<unknown>;
  #isOver = false;

  constructor(atOnce: number, name: string, copy: Copy) {
    this.#name = name;
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
      if (code !== 0) throw new Error(`${this.#name} ended with ${code}: ${stderr}`);
      this.#seconds.push((performance.now() - began) / 1000);
    }
  }
}
