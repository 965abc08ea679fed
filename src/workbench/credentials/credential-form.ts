import * as vscode from 'vscode';

import type { Side } from '../../oci/auth/credentials.ts';
import { errorReason } from '../errors/error-text.ts';
import { askText } from '../picks/ask-text.ts';
import { back, pick } from '../picks/pick.ts';
import type { Choice } from '../picks/pick.ts';
import { runSteps } from '../picks/steps.ts';
import type { Step } from '../picks/steps.ts';
import type { CredentialKind, EnteredCredential } from './entered-credential.ts';
import { parsePrefix } from './entered-credential.ts';

/** Asks for a credential step by step, or for changes to an existing one. */
export class CredentialForm {
  readonly #title: string;
  readonly #isNew: boolean;

  constructor(registry: string, isNew: boolean) {
    this.#title = isNew
      ? vscode.l10n.t('Add Credentials for {0}', registry)
      : vscode.l10n.t('Edit Credentials for {0}', registry);
    this.#isNew = isNew;
  }

  /** Returns undefined if the user cancels. */
  async fill(start: EnteredCredential): Promise<EnteredCredential | undefined> {
    return runSteps<EnteredCredential>(start, ({ kind }) =>
      kind === 'basic'
        ? [this.#kind, this.#username, this.#secret, this.#prefix, this.#side]
        : [this.#kind, this.#secret, this.#prefix, this.#side],
    );
  }

  readonly #kind: Step<EnteredCredential> = async (draft, place) => {
    const kind = await pick<CredentialKind>({
      title: this.#title,
      place,
      placeholder: vscode.l10n.t('How do you sign in?'),
      choices: () => Promise.resolve(withDefaultFirst(kindChoices(), this.#isNew ? undefined : draft.kind)),
    });
    if (kind === back || kind === undefined) return undefined;
    // A stored password cannot be used as a token, so a change of the kind discards the secret.
    return { ...draft, kind, ...(kind === draft.kind ? {} : { username: '', secret: '' }) };
  };

  readonly #username: Step<EnteredCredential> = async (draft, place) => {
    const username = await askText({
      title: this.#title,
      prompt: vscode.l10n.t('User name'),
      placeholder: 'robot$team',
      value: draft.username,
      place,
      problem: (text) => {
        if (text === '') return vscode.l10n.t('Enter a user name');
        // In basic authentication, the first colon ends the user name (RFC 7617, section 2).
        return text.includes(':') ? vscode.l10n.t('A user name cannot contain a colon') : undefined;
      },
    });
    return typeof username === 'string' ? { ...draft, username } : username;
  };

  readonly #secret: Step<EnteredCredential> = async (draft, place) => {
    const keep = draft.secret !== '';
    const secret = await askText({
      title: this.#title,
      prompt: draft.kind === 'basic' ? vscode.l10n.t('Password or access token') : vscode.l10n.t('Token'),
      ...(keep ? { placeholder: vscode.l10n.t('Leave empty to keep the stored one') } : {}),
      secret: true,
      place,
      problem: (text) => (text === '' && !keep ? vscode.l10n.t('Enter a value') : undefined),
    });
    return typeof secret === 'string' ? { ...draft, secret: secret === '' ? draft.secret : secret } : secret;
  };

  readonly #prefix: Step<EnteredCredential> = async (draft, place) => {
    const { registry } = draft;
    const prefix = await askText({
      title: this.#title,
      prompt: vscode.l10n.t('Use only for this path of {0}; empty for the whole registry', registry),
      placeholder: 'team/packages',
      value: draft.prefix,
      place,
      problem: (text) => prefixProblem(registry, text),
    });
    return typeof prefix === 'string' ? { ...draft, prefix: parsePrefix(registry, prefix) } : prefix;
  };

  readonly #side: Step<EnteredCredential> = async (draft, place) => {
    const side = await pick<Side | 'both'>({
      title: this.#title,
      placeholder: vscode.l10n.t('When to use these credentials'),
      place,
      choices: () => Promise.resolve(withDefaultFirst(sideChoices(), this.#isNew ? undefined : (draft.side ?? 'both'))),
    });
    if (side === back || side === undefined) return side;
    const { side: _, ...rest } = draft;
    return side === 'both' ? rest : { ...rest, side };
  };
}

function kindChoices(): readonly Choice<CredentialKind>[] {
  return [
    {
      label: vscode.l10n.t('User name and password'),
      description: vscode.l10n.t('also for robot accounts and access tokens'),
      iconPath: new vscode.ThemeIcon('account'),
      value: 'basic',
    },
    {
      label: vscode.l10n.t('Identity token'),
      description: vscode.l10n.t('a refresh token that is exchanged for access tokens'),
      iconPath: new vscode.ThemeIcon('key'),
      value: 'identity-token',
    },
    {
      label: vscode.l10n.t('Registry token'),
      description: vscode.l10n.t('a bearer token that is sent unchanged'),
      iconPath: new vscode.ThemeIcon('key'),
      value: 'registry-token',
    },
  ];
}

function sideChoices(): readonly Choice<Side | 'both'>[] {
  return [
    { label: vscode.l10n.t('Always'), iconPath: new vscode.ThemeIcon('arrow-swap'), value: 'both' },
    {
      label: vscode.l10n.t('Reading only: as the source of a relocation'),
      iconPath: new vscode.ThemeIcon('cloud-download'),
      value: 'source',
    },
    {
      label: vscode.l10n.t('Writing only: as the destination of a relocation'),
      iconPath: new vscode.ThemeIcon('cloud-upload'),
      value: 'destination',
    },
  ];
}

/** Puts the current choice first, so that Enter keeps it. */
function withDefaultFirst<Value>(
  choices: readonly Choice<Value>[],
  first: Value | undefined,
): readonly Choice<Value>[] {
  return [...choices].sort((a, b) => Number(b.value === first) - Number(a.value === first));
}

function prefixProblem(registry: string, text: string): string | undefined {
  try {
    parsePrefix(registry, text);
    return undefined;
  } catch (error) {
    return errorReason(error);
  }
}
