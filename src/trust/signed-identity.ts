import { isRecord } from '../base/json.ts';
import { formatRepository } from '../oci/reference.ts';
import type { Repository } from '../oci/reference.ts';

/**
 * Which name a signature has to state for an image (containers-policy.json(5), `signedIdentity`). `default` is
 * matchRepoDigestOrExact for signatures that state a name; sigstore bundles of cosign state none, and are then bound to
 * the digest alone. Because images are identified by digest here, matchRepository means the same as
 * matchRepoDigestOrExact.
 */
export type SignedIdentity =
  | { readonly type: 'default' | 'matchRepository' }
  | { readonly type: 'exactReference' | 'exactRepository'; readonly name: string }
  | { readonly type: 'remapIdentity'; readonly prefix: string; readonly signedPrefix: string };

/** @param invalid creates the error; the reason starts with the field below signedIdentity */
export function parseSignedIdentity(value: unknown, invalid: (reason: string) => Error): SignedIdentity {
  if (value === undefined) return { type: 'default' };
  if (!isRecord(value)) throw invalid(': expected an object');
  const { type } = value;
  const known = (...names: string[]): string[] => {
    const unknown = Object.keys(value).find((name) => name !== 'type' && !names.includes(name));
    if (unknown !== undefined) throw invalid(`: unknown field ${JSON.stringify(unknown)}`);
    return names.map((name) => {
      const text = value[name];
      if (typeof text !== 'string' || text === '') throw invalid(`.${name}: expected a text`);
      return text;
    });
  };
  switch (type) {
    case 'matchRepository':
    case 'matchRepoDigestOrExact':
      known();
      return { type: 'matchRepository' };
    case 'exactReference':
      return { type, name: known('dockerReference')[0] ?? '' };
    case 'exactRepository':
      return { type, name: known('dockerRepository')[0] ?? '' };
    case 'remapIdentity': {
      const [prefix = '', signedPrefix = ''] = known('prefix', 'signedPrefix');
      return { type, prefix, signedPrefix };
    }
    default:
      throw invalid(
        '.type: expected matchRepoDigestOrExact, matchRepository, exactReference, exactRepository or remapIdentity',
      );
  }
}

/**
 * Compares the name that a signature states with those of an image.
 * @param claimed the name in the signature; undefined if it states none
 * @param names the repositories under which the image is known: where it was read, and where its lock says that it is
 * @returns why it does not match; undefined if it does
 */
export function identityProblem(
  identity: SignedIdentity,
  claimed: string | undefined,
  names: readonly Repository[],
): string | undefined {
  if (claimed === undefined) {
    return identity.type === 'default' ? undefined : 'its signature states no name, which the policy requires';
  }
  const { type } = identity;
  if (type === 'exactReference') return claimed === identity.name ? undefined : differs(claimed, identity.name);
  const expected =
    type === 'exactRepository' ? [identity.name] : names.map((name) => remapped(formatRepository(name), identity));
  const isExpected = expected.includes(withoutTag(claimed));
  return isExpected ? undefined : differs(claimed, [...new Set(expected)].join(' or '));
}

function remapped(name: string, identity: SignedIdentity): string {
  if (identity.type !== 'remapIdentity') return name;
  const { prefix, signedPrefix } = identity;
  return name === prefix || name.startsWith(`${prefix}/`) ? signedPrefix + name.slice(prefix.length) : name;
}

function withoutTag(name: string): string {
  const whole = name.split('@', 1)[0] ?? '';
  const colon = whole.lastIndexOf(':');
  return colon > whole.lastIndexOf('/') ? whole.slice(0, colon) : whole;
}

function differs(claimed: string, expected: string): string {
  return `its signature is for ${claimed}, not for ${expected}`;
}
