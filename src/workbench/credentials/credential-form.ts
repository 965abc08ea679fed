import * as vscode from 'vscode';

import type { Side } from '../../oci/auth/credentials.ts';
import { errorReason } from '../errors/error-text.ts';
import { askText, askTextOrMore, moreOptions } from '../picks/ask-text.ts';
import { back, pick, SIDE_STEP } from '../picks/pick.ts';
import type { Choice } from '../picks/pick.ts';
import { withoutIcons } from '../text/formatting.ts';
import type { CredentialKind, EnteredCredential } from './entered-credential.ts';
import { parsePrefix } from './entered-credential.ts';

export interface CredentialFormOptions {
  readonly registry: string;
  readonly isNew: boolean;
  /** Whether the secret was just typed, and is therefore shown, masked, to be corrected; a stored one is not. */
  readonly isSecretTyped: boolean;
}

type Answer = EnteredCredential | typeof back | typeof moreOptions | undefined;

/** Asks for a user name and a password; the rest has defaults, which the user changes under "More Options". */
export class CredentialForm {
  readonly #title: string;
  readonly #isSecretTyped: boolean;

  constructor({ registry, isNew, isSecretTyped }: CredentialFormOptions) {
    this.#title = isNew
      ? vscode.l10n.t('Add Credentials for {0}', registry)
      : vscode.l10n.t('Edit Credentials for {0}', registry);
    this.#isSecretTyped = isSecretTyped;
  }

  /** Returns undefined if the user cancels. */
  async fill(start: EnteredCredential): Promise<EnteredCredential | undefined> {
    let draft = start;
    // The texts in the boxes, which are kept while the user goes back or to the options.
    const typed = { username: start.username, secret: this.#isSecretTyped ? start.secret : '' };
    let isAtSecret = start.kind !== 'basic';
    for (;;) {
      const answer: Answer = await (isAtSecret ? this.#secret(draft, start, typed) : this.#username(draft, typed));
      if (answer === undefined) return undefined;
      if (answer === back) isAtSecret = false;
      else if (answer === moreOptions) {
        draft = await this.#options(draft);
        isAtSecret ||= draft.kind !== 'basic';
      } else if (isAtSecret) return answer;
      else {
        draft = answer;
        isAtSecret = true;
      }
    }
  }

  async #username(draft: EnteredCredential, typed: { username: string }): Promise<Answer> {
    const username = await askTextOrMore({
      title: this.#title,
      prompt: withScope(vscode.l10n.t('User name'), draft),
      placeholder: 'robot$team',
      value: typed.username,
      place: { canGoBack: false, number: 1, of: 2 },
      problem: (text) => {
        if (text === '') return vscode.l10n.t('Enter a user name');
        // In basic authentication, the first colon ends the user name (RFC 7617, section 2).
        return text.includes(':') ? vscode.l10n.t('A user name cannot contain a colon') : undefined;
      },
      leave: (text) => (typed.username = text),
    });
    return typeof username === 'string' ? { ...draft, username } : username;
  }

  async #secret(draft: EnteredCredential, start: EnteredCredential, typed: { secret: string }): Promise<Answer> {
    const isBasic = draft.kind === 'basic';
    // A stored password cannot be used as a token.
    const stored = this.#isSecretTyped || draft.kind !== start.kind ? '' : start.secret;
    const secret = await askTextOrMore({
      title: this.#title,
      prompt: withScope(isBasic ? vscode.l10n.t('Password or access token') : vscode.l10n.t('Token'), draft),
      ...(stored === '' ? {} : { placeholder: vscode.l10n.t('Leave empty to keep the stored one') }),
      value: typed.secret,
      secret: true,
      place: isBasic ? { canGoBack: true, number: 2, of: 2 } : { canGoBack: false },
      problem: (text) => (text === '' && stored === '' ? vscode.l10n.t('Enter a value') : undefined),
      leave: (text) => (typed.secret = text),
    });
    if (typeof secret !== 'string') return secret;
    return { ...draft, username: isBasic ? draft.username : '', secret: secret === '' ? stored : secret };
  }

  /** Back and Escape return to the question, so that nothing typed is lost. */
  async #options(start: EnteredCredential): Promise<EnteredCredential> {
    for (let draft = start; ;) {
      const answer = await pick<'kind' | 'prefix' | 'side' | 'done'>({
        title: this.#title,
        place: SIDE_STEP,
        placeholder: vscode.l10n.t('More options'),
        choices: () => Promise.resolve(optionChoices(draft)),
      });
      if (answer === 'kind') draft = await this.#kind(draft);
      else if (answer === 'prefix') draft = await this.#prefix(draft);
      else if (answer === 'side') draft = await this.#side(draft);
      else return draft;
    }
  }

  async #kind(draft: EnteredCredential): Promise<EnteredCredential> {
    const kind = await pick<CredentialKind>({
      title: this.#title,
      place: SIDE_STEP,
      placeholder: vscode.l10n.t('How do you sign in?'),
      choices: () => Promise.resolve(kindChoices()),
      isCurrent: (value) => value === draft.kind,
    });
    return kind === back || kind === undefined ? draft : { ...draft, kind };
  }

  async #prefix(draft: EnteredCredential): Promise<EnteredCredential> {
    const { registry } = draft;
    const prefix = await askText({
      title: this.#title,
      prompt: vscode.l10n.t('Use only for this path of {0}; empty for the whole registry', registry),
      placeholder: 'team/packages',
      value: draft.prefix,
      place: SIDE_STEP,
      problem: (text) => prefixProblem(registry, text),
    });
    return typeof prefix === 'string' ? { ...draft, prefix: parsePrefix(registry, prefix) } : draft;
  }

  async #side(draft: EnteredCredential): Promise<EnteredCredential> {
    const side = await pick<Side | 'both'>({
      title: this.#title,
      placeholder: vscode.l10n.t('When to use these credentials'),
      place: SIDE_STEP,
      choices: () => Promise.resolve(sideChoices()),
      isCurrent: (value) => value === (draft.side ?? 'both'),
    });
    if (side === back || side === undefined) return draft;
    const { side: _, ...rest } = draft;
    return side === 'both' ? rest : { ...rest, side };
  }
}

/** A prompt with what was chosen under "More Options". */
function withScope(prompt: string, { registry, prefix, side }: EnteredCredential): string {
  const chosen = [
    ...(prefix === '' ? [] : [`${registry}/${prefix}`]),
    ...(side === undefined ? [] : [sideLabel(side)]),
  ];
  return chosen.length === 0 ? prompt : `${prompt} (${chosen.join(' · ')})`;
}

function optionChoices({
  registry,
  prefix,
  side,
  kind,
}: EnteredCredential): Choice<'kind' | 'prefix' | 'side' | 'done'>[] {
  const kindName = kindChoices().find(({ value }) => value === kind)?.label ?? '';
  return [
    { label: vscode.l10n.t('Done'), iconPath: new vscode.ThemeIcon('check'), value: 'done' },
    {
      label: vscode.l10n.t('Kind of credential…'),
      description: kindName,
      iconPath: new vscode.ThemeIcon('key'),
      value: 'kind',
    },
    {
      label: vscode.l10n.t('Use for…'),
      description: prefix === '' ? vscode.l10n.t('all of {0}', registry) : withoutIcons(`${registry}/${prefix}`),
      iconPath: new vscode.ThemeIcon('repo'),
      value: 'prefix',
    },
    {
      label: vscode.l10n.t('Use when…'),
      description: side === undefined ? vscode.l10n.t('Always') : sideLabel(side),
      iconPath: new vscode.ThemeIcon('arrow-swap'),
      value: 'side',
    },
  ];
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

function sideLabel(side: Side): string {
  return side === 'source'
    ? vscode.l10n.t('Reading only: as the source of a relocation')
    : vscode.l10n.t('Writing only: as the destination of a relocation');
}

function sideChoices(): readonly Choice<Side | 'both'>[] {
  return [
    { label: vscode.l10n.t('Always'), iconPath: new vscode.ThemeIcon('arrow-swap'), value: 'both' },
    { label: sideLabel('source'), iconPath: new vscode.ThemeIcon('cloud-download'), value: 'source' },
    { label: sideLabel('destination'), iconPath: new vscode.ThemeIcon('cloud-upload'), value: 'destination' },
  ];
}

function prefixProblem(registry: string, text: string): string | undefined {
  try {
    parsePrefix(registry, text);
    return undefined;
  } catch (error) {
    return errorReason(error);
  }
}
