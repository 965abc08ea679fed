const STOPPING = ['SIGINT', 'SIGTERM'] as const;

/**
 * Keeps a request to stop that comes before a command listens for it. In the first process of a container, it would be
 * lost: the system ignores signals that such a process does not handle (pid_namespaces(7)).
 */
export class EarlySignals {
  #came = false;
  readonly #note = (): void => {
    // Another Ctrl-C exits at once.
    if (this.#came) process.exit(1);
    this.#came = true;
  };

  constructor() {
    for (const signal of STOPPING) process.on(signal, this.#note);
  }

  /**
   * To be called once there is another listener.
   * @returns whether a signal came before
   */
  take(): boolean {
    for (const signal of STOPPING) process.off(signal, this.#note);
    return this.#came;
  }
}
