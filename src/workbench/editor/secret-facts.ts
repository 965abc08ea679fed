import * as vscode from 'vscode';

import type { ClusterSession } from '../../cluster/api.ts';

export interface SecretAddress {
  readonly context: string;
  readonly namespace: string;
  readonly name: string;
}

/** Whether the Secrets named in documents exist. Only open clusters are asked, and never for the content of a Secret. */
export class SecretFacts implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #opened: (context: string) => Pick<ClusterSession, 'hasSecret'> | undefined;
  readonly #known = new Map<string, boolean>();
  readonly #abort = new AbortController();

  /** @param opened returns the session with a cluster if it is open */
  constructor(opened: (context: string) => Pick<ClusterSession, 'hasSecret'> | undefined) {
    this.#opened = opened;
    this.onDidChange = this.#changes.event;
  }

  /** Returns the cached answer without a request. */
  known(address: SecretAddress): boolean | undefined {
    return this.#known.get(keyOf(address));
  }

  async ask(address: SecretAddress): Promise<void> {
    const { context, namespace, name } = address;
    const session = this.#opened(context);
    if (session === undefined) return;
    try {
      this.#known.set(keyOf(address), await session.hasSecret(namespace, name, this.#abort.signal));
    } catch {
      // Apply reports missing permissions and unreachable clusters, so they are ignored here.
      this.#known.delete(keyOf(address));
    }
    this.#changes.fire();
  }

  dispose(): void {
    this.#abort.abort();
    this.#changes.dispose();
  }
}

function keyOf({ context, namespace, name }: SecretAddress): string {
  return JSON.stringify([context, namespace, name]);
}
