import * as vscode from 'vscode';

import { CredentialCommand } from '../../contract/credentials.ts';
import { errorAction } from '../errors/error-action.ts';
import { remedyFor } from '../errors/error-remedy.ts';
import { errorSentences } from '../errors/error-text.ts';
import { withProgress } from '../progress.ts';
import type { CredentialTester } from '../registries/registry-reader.ts';
import { withoutLinks } from '../text/formatting.ts';
import { CredentialForm } from './credential-form.ts';
import { credentialLabel } from './credential-text.ts';
import type { CredentialStore } from './credential-store.ts';
import { toCredential } from './entered-credential.ts';
import type { EnteredCredential } from './entered-credential.ts';
import type { KnownSecrets } from '../../oci/auth/known-secrets.ts';

export interface SaveCredentialParts {
  readonly store: CredentialStore;
  readonly tester: CredentialTester;
  readonly secrets: KnownSecrets;
}

/** Says that VS Code has lost stored credentials, as code-server does when its window is reloaded. */
export function showLostCredentials(registries: readonly string[]): void {
  const [first] = registries;
  if (first === undefined) return;
  const signIn = vscode.l10n.t('Add Credentials…');
  const text =
    registries.length === 1
      ? vscode.l10n.t('This VS Code has not kept the credentials for {0}. Add them again.', withoutLinks(first))
      : vscode.l10n.t(
          'This VS Code has not kept the credentials for {0} registries. Add them again.',
          registries.length,
        );
  void vscode.window.showWarningMessage(text, signIn).then((pressed) => {
    if (pressed === signIn) void vscode.commands.executeCommand(CredentialCommand.add, { registry: first });
  });
}

/** Stores an entered credential and tests it against the registry. */
export class SaveCredential {
  readonly #parts: SaveCredentialParts;

  constructor(parts: SaveCredentialParts) {
    this.#parts = parts;
  }

  /**
   * Asks for a credential or for changes to one.
   * @param isSecretTyped whether the secret was just typed and refused, so that it can be corrected
   * @returns whether the registry accepts it
   */
  async enter(start: EnteredCredential, isNew: boolean, isSecretTyped = false): Promise<boolean> {
    const { registry } = start;
    const entered = await new CredentialForm({ registry, isNew, isSecretTyped }).fill(start);
    return entered !== undefined && this.#save(entered);
  }

  /** Tells the user whether the registry accepts a credential. */
  async test(entered: EnteredCredential): Promise<void> {
    const { registry } = entered;
    const name = credentialLabel(entered);
    let required: boolean;
    try {
      required = await this.#try(entered);
    } catch (error) {
      await this.#refused(entered, error);
      return;
    }
    void vscode.window.showInformationMessage(
      required
        ? vscode.l10n.t('{0} accepts the credentials of {1}.', registry, withoutLinks(name))
        : vscode.l10n.t('{0} did not ask for credentials.', registry),
    );
  }

  /**
   * Stores before testing, so that the input is kept whatever happens next. Success needs no message because the view shows
   * it.
   */
  async #save(entered: EnteredCredential): Promise<boolean> {
    const { store } = this.#parts;
    const others = (await store.of(entered.registry)).filter((each) => hasSameScope(each, entered));
    const isPersistent = await store.put(entered);
    await store.remove(others.filter(({ id }) => id !== entered.id));
    if (!isPersistent) {
      void vscode.window.showWarningMessage(
        vscode.l10n.t(
          'The keyring of this machine is not available. The credentials are kept until this window is closed.',
        ),
      );
    }
    return this.#check(entered);
  }

  /** @returns whether the registry accepts the credential, possibly after another problem was resolved */
  async #check(entered: EnteredCredential): Promise<boolean> {
    try {
      await this.#try(entered);
      return true;
    } catch (error) {
      return this.#refused(entered, error);
    }
  }

  async #refused(entered: EnteredCredential, error: unknown): Promise<boolean> {
    const edit = vscode.l10n.t('Edit Credentials…');
    const remove = vscode.l10n.t('Remove Credentials');
    const text = withoutLinks(this.#parts.secrets.hide(errorSentences(error)));
    // The cause may be something else, such as an untrusted certificate.
    const action =
      remedyFor(error) === 'add-credentials' ? undefined : errorAction(error, [{ registry: entered.registry }]);
    const buttons = [...(action === undefined ? [] : [action.title]), edit, remove];
    const answer = await vscode.window.showWarningMessage(text, ...buttons);
    if (answer === remove) await this.#parts.store.remove([entered]);
    if (answer === edit) return this.enter(entered, false, true);
    if (action === undefined || answer !== action.title) return false;
    const args = (action.arguments ?? []) as unknown[];
    const changed = await vscode.commands.executeCommand(action.command, ...args);
    return changed === true && this.#check(entered);
  }

  #try(entered: EnteredCredential): Promise<boolean> {
    const { registry, prefix } = entered;
    const credential = toCredential(entered);
    this.#parts.secrets.note(credential);
    return withProgress(vscode.l10n.t('Testing the new credentials with {0}', registry), (signal) =>
      this.#parts.tester.tryCredential(credential, registry, prefix, signal),
    );
  }
}

/** Of two credentials with the same repositories and side, only one could ever be used. */
function hasSameScope(a: EnteredCredential, b: EnteredCredential): boolean {
  return a.registry === b.registry && a.prefix === b.prefix && a.side === b.side;
}
