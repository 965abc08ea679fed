import { textMap } from '../../base/json.ts';
import { readEntered, writeEntered } from './entered-credential.ts';
import type { EnteredCredential } from './entered-credential.ts';

/** The part of vscode.SecretStorage that is used. */
export interface SecretKeeper {
  keys(): Thenable<string[]>;
  get(key: string): Thenable<string | undefined>;
  store(key: string, value: string): Thenable<void>;
  delete(key: string): Thenable<void>;
  onDidChange(listener: (event: { readonly key: string }) => void): { dispose(): void };
}

/** The part of vscode.Memento that is used. */
export interface Notes {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

export interface CredentialStoreOptions {
  readonly secrets: SecretKeeper;
  /** Outlives SecretStorage where that is in memory only, as in code-server. Holds no secrets. */
  readonly notes: Notes;
  /** Called with the registries whose credentials were stored, but are gone. */
  readonly lost: (registries: readonly string[]) => void;
  /** Called when credentials changed in this or another window; undefined if the registry is not known. */
  readonly changed: (registry: string | undefined) => void;
  /** The system keyring is not available. */
  readonly problem: (error: unknown) => void;
}

const KEY = 'credential:';
/** Ids of stored credentials, with their registries. */
const NOTED = 'storedCredentials';

/**
 * The credentials entered in VS Code, each under its own key, so that windows do not overwrite each other's entries. If the
 * system keyring does not work, they are kept in memory until the window is closed.
 */
export class CredentialStore {
  readonly #options: CredentialStoreOptions;
  readonly #subscription: { dispose(): void };
  readonly #session = new Map<string, EnteredCredential>();
  /** The registry of each known key, so that a change is announced for that registry only. */
  readonly #registries = new Map<string, string>();
  #hasReported = false;
  #stored: Promise<readonly EnteredCredential[]> | undefined;

  constructor(options: CredentialStoreOptions) {
    this.#options = options;
    this.#subscription = options.secrets.onDidChange(({ key }) => {
      if (!key.startsWith(KEY)) return;
      this.#stored = undefined;
      options.changed(this.#registries.get(key));
    });
  }

  async all(): Promise<readonly EnteredCredential[]> {
    this.#stored ??= this.#read();
    return [...(await this.#stored), ...this.#session.values()];
  }

  async of(registry: string): Promise<readonly EnteredCredential[]> {
    return (await this.all()).filter((each) => each.registry === registry);
  }

  /**
   * Adds a credential, or replaces the one with the same id.
   * @returns whether it is stored permanently
   */
  async put(credential: EnteredCredential): Promise<boolean> {
    const key = KEY + credential.id;
    this.#registries.set(key, credential.registry);
    try {
      await this.#options.secrets.store(key, writeEntered(credential));
    } catch (error) {
      this.#options.problem(error);
      this.#session.set(credential.id, credential);
      this.#options.changed(credential.registry);
      return false;
    }
    this.#session.delete(credential.id);
    await this.#note({ ...this.#noted(), [credential.id]: credential.registry });
    // The change event of SecretStorage notifies listeners; a second notification would repeat every request, possibly with
    // a wrong password.
    this.#stored = undefined;
    return true;
  }

  async remove(credentials: readonly EnteredCredential[]): Promise<void> {
    for (const { id, registry } of credentials) {
      this.#registries.set(KEY + id, registry);
      if (this.#session.delete(id)) this.#options.changed(registry);
      else await this.#options.secrets.delete(KEY + id);
      const { [id]: _, ...others } = this.#noted();
      await this.#note(others);
      this.#stored = undefined;
    }
  }

  #noted(): Record<string, string> {
    return { ...textMap(this.#options.notes.get(NOTED)) };
  }

  async #note(noted: Record<string, string>): Promise<void> {
    await this.#options.notes.update(NOTED, noted);
  }

  /** Reports, once, the credentials that the platform has not kept. */
  async #reportLost(keys: readonly string[]): Promise<void> {
    if (this.#hasReported) return;
    this.#hasReported = true;
    const noted = Object.entries(this.#noted());
    const lost = noted.filter(([id]) => !keys.includes(KEY + id));
    if (lost.length === 0) return;
    await this.#note(Object.fromEntries(noted.filter((each) => !lost.includes(each))));
    this.#options.lost([...new Set(lost.map(([, registry]) => registry))]);
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #read(): Promise<readonly EnteredCredential[]> {
    const { secrets, problem } = this.#options;
    try {
      const keys = (await secrets.keys()).filter((key) => key.startsWith(KEY)).sort();
      await this.#reportLost(keys);
      const found = await Promise.all(
        keys.map(async (key) => {
          const stored = await secrets.get(key);
          const entered = stored === undefined ? undefined : readEntered(key.slice(KEY.length), stored);
          if (entered !== undefined) this.#registries.set(key, entered.registry);
          return entered;
        }),
      );
      return found.filter((each) => each !== undefined);
    } catch (error) {
      problem(error);
      return [];
    }
  }
}
