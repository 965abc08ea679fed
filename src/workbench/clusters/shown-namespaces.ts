import type * as vscode from 'vscode';

const KEY = 'carvelAirgap.shownNamespaces';

/** The namespace that the view shows for each context, stored for the workspace; all namespaces if none was chosen. */
export class ShownNamespaces {
  readonly #state: vscode.Memento;

  constructor(state: vscode.Memento) {
    this.#state = state;
  }

  of(context: string): string | undefined {
    return this.#all()[context];
  }

  /** @param namespace undefined for all namespaces */
  async choose(context: string, namespace: string | undefined): Promise<void> {
    const { [context]: _, ...others } = this.#all();
    await this.#state.update(KEY, namespace === undefined ? others : { ...others, [context]: namespace });
  }

  #all(): Readonly<Record<string, string>> {
    return this.#state.get<Record<string, string>>(KEY, {});
  }
}
