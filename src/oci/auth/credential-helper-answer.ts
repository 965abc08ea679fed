import type { Credential } from './credentials.ts';
import { isRecord, member, parseJson } from '../../base/json.ts';

/** What helpers print if they have no credentials (docker-credential-helpers, credentials/error.go). */
const NONE = /credentials not found in native keychain|no credentials (?:server URL|username)/;

/**
 * Interprets a helper's standard output. The user name `<token>` means that the secret is a refresh token, not a
 * password.
 */
export function parseHelperAnswer(
  exitCode: number,
  output: Buffer,
  program: string,
): Credential | 'none' | 'unreadable' {
  if (exitCode !== 0) return NONE.test(output.toString('utf8')) ? 'none' : 'unreadable';
  const json = parseJson(output);
  const object = isRecord(json) ? json : {};
  const [username, secret] = [member(object, 'Username'), member(object, 'Secret')];
  if (typeof username !== 'string' || typeof secret !== 'string') return 'unreadable';
  if (secret === '') return 'none';
  if (username === '<token>') return { kind: 'identity-token', token: secret, origin: program };
  return { kind: 'basic', username, password: secret, origin: program };
}
