import type * as vscode from 'vscode';

const KEY = 'carvelAirgap.shownNamespaces';

/** Which one namespace of a context the view shows; chosen for the workspace, without a choice it shows all. */
export class ShownNamespaces {
  readonly #state: vscode.Memento;

  constructor(state: vscode.Memento) {
    this.#state = state;
  }

  of(context: string): string | undefined {
    return this.#all()[context];
  }

  /** @param namespace undefined shows all */
  async choose(context: string, namespace: string | undefined): Promise<void> {
    const { [context]: _, ...others } = this.#all();
    await this.#state.update(KEY, namespace === undefined ? others : { ...others, [context]: namespace });
  }

  #all(): Readonly<Record<string, string>> {
    return this.#state.get<Record<string, string>>(KEY, {});
  }
}
