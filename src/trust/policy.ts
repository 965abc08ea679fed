import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { isRecord, parseJson } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import { formatRepository } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { trustError } from './errors.ts';
import { parseSignedIdentity } from './signed-identity.ts';
import type { SignedIdentity } from './signed-identity.ts';

/** Whose certificates are accepted. Both parts are compared as a whole. */
export interface Identity {
  readonly issuer: string | RegExp;
  readonly subject: string | RegExp;
}

/** One requirement of policy.json. */
export type Requirement =
  | { readonly type: 'insecureAcceptAnything' | 'reject' }
  | {
      readonly type: 'sigstoreSigned';
      /** PEM public keys, each with the name by which reports call it; one of them must have signed. */
      readonly keys: readonly { readonly name: string; readonly pem: string }[];
      /** One of them must have signed; empty if `keys` are given. */
      readonly identities: readonly Identity[];
      /** A parsed trusted_root.json: the authorities and logs to verify against. */
      readonly trustedRoot?: JsonRecord;
      readonly signedIdentity: SignedIdentity;
    };

/** A policy in the format of containers-policy.json(5). */
export interface Policy {
  readonly path: string;
  readonly fallback: readonly Requirement[];
  /** The scopes of the transport `docker`; '' is its default. */
  readonly scopes: ReadonlyMap<string, readonly Requirement[]>;
}

const MAX_POLICY = 4 * 1024 * 1024;

/**
 * Reads a policy with the keys and trusted roots that it names; relative paths start at the policy's folder.
 * @throws trust.policy-unreadable, trust.policy-invalid: unknown fields are errors, as for podman
 */
export async function loadPolicy(path: string): Promise<Policy> {
  return new PolicyReader(path).read();
}

/**
 * The requirements for an image, all of which must be met: those of the most specific scope, from the image itself
 * (`registry/path@digest`) over its repository and the repository's parents to the host, `*.domain`, and the defaults.
 */
export function requirementsFor(
  { scopes, fallback }: Policy,
  place: DigestReference,
  tag?: string,
): { readonly scope: string; readonly requirements: readonly Requirement[] } {
  for (const scope of scopesOf(place, tag)) {
    const requirements = scopes.get(scope);
    if (requirements !== undefined) return { scope: scope === '' ? 'docker' : scope, requirements };
  }
  return { scope: 'default', requirements: fallback };
}

function* scopesOf(place: DigestReference, tag: string | undefined): Generator<string> {
  const registry = place.registry === 'index.docker.io' ? 'docker.io' : place.registry;
  const repository = formatRepository({ ...place, registry });
  if (tag !== undefined) yield `${repository}:${tag}`;
  yield `${repository}@${place.digest}`;
  for (let scope = repository; scope.includes('/'); scope = scope.slice(0, scope.lastIndexOf('/'))) yield scope;
  yield registry;
  for (let rest = registry; rest.includes('.');) {
    rest = rest.slice(rest.indexOf('.') + 1);
    yield `*.${rest}`;
  }
  yield '';
}

class PolicyReader {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<Policy> {
    const policy = this.#object(parseJson(await this.#file(this.#path)), 'the file', ['default', 'transports']);
    const fallback = await this.#requirements(policy['default'], 'default');
    const scopes = new Map<string, readonly Requirement[]>();
    const transports = policy['transports'] === undefined ? {} : this.#object(policy['transports'], 'transports');
    const docker = transports['docker'] === undefined ? {} : this.#object(transports['docker'], 'transports.docker');
    for (const [scope, value] of Object.entries(docker)) {
      scopes.set(scope, await this.#requirements(value, `transports.docker[${JSON.stringify(scope)}]`));
    }
    return { path: this.#path, fallback, scopes };
  }

  async #requirements(value: unknown, where: string): Promise<Requirement[]> {
    if (!Array.isArray(value) || value.length === 0)
      throw this.#invalid(`${where}: expected a list with a requirement`);
    const requirements: Requirement[] = [];
    for (const [index, each] of (value as readonly unknown[]).entries()) {
      requirements.push(await this.#requirement(each, `${where}[${index}]`));
    }
    return requirements;
  }

  async #requirement(value: unknown, where: string): Promise<Requirement> {
    const fields = this.#object(value, where);
    const { type } = fields;
    if (type === 'insecureAcceptAnything' || type === 'reject') {
      this.#object(value, where, ['type']);
      return { type };
    }
    if (type !== 'sigstoreSigned') throw this.#invalid(`${where}.type: ${text(type)} is not supported`);
    for (const name of [
      'fulcio',
      'pki',
      'rekorPublicKeyPath',
      'rekorPublicKeyPaths',
      'rekorPublicKeyData',
      'rekorPublicKeyDatas',
    ]) {
      if (fields[name] !== undefined) {
        throw this.#invalid(`${where}.${name} is not supported; use identities with trustedRootPath instead`);
      }
    }
    const names = ['keyPath', 'keyPaths', 'keyData', 'keyDatas', 'identities'];
    this.#object(value, where, ['type', ...names, 'trustedRootPath', 'trustedRootData', 'signedIdentity']);
    const given = names.filter((name) => fields[name] !== undefined);
    if (given.length !== 1) throw this.#invalid(`${where}: expected exactly one of ${names.join(', ')}`);
    const trustedRoot = await this.#trustedRoot(fields, where);
    const identities = this.#identities(fields['identities'], `${where}.identities`);
    if (identities.length > 0 && trustedRoot === undefined) {
      throw this.#invalid(`${where}: identities need trustedRootPath or trustedRootData`);
    }
    return {
      type,
      keys: await this.#keys(fields, where),
      identities,
      ...(trustedRoot === undefined ? {} : { trustedRoot }),
      signedIdentity: parseSignedIdentity(fields['signedIdentity'], (reason) =>
        this.#invalid(`${where}.signedIdentity${reason}`),
      ),
    };
  }

  async #keys(fields: JsonRecord, where: string): Promise<{ name: string; pem: string }[]> {
    const list = (one: string, many: string): string[] => {
      if (fields[one] !== undefined) return [this.#text(fields[one], `${where}.${one}`)];
      return fields[many] === undefined ? [] : this.#texts(fields[many], `${where}.${many}`);
    };
    const keys: { name: string; pem: string }[] = [];
    for (const path of list('keyPath', 'keyPaths')) {
      keys.push({ name: path, pem: (await this.#file(this.#resolve(path))).toString('utf8') });
    }
    for (const [index, data] of list('keyData', 'keyDatas').entries()) {
      keys.push({ name: `keyData ${index + 1}`, pem: Buffer.from(data, 'base64').toString('utf8') });
    }
    return keys;
  }

  async #trustedRoot(fields: JsonRecord, where: string): Promise<JsonRecord | undefined> {
    const { trustedRootPath: path, trustedRootData: data } = fields;
    if (path !== undefined && data !== undefined) throw this.#invalid(`${where}: two trusted roots`);
    if (path === undefined && data === undefined) return undefined;
    const bytes =
      path === undefined
        ? Buffer.from(this.#text(data, `${where}.trustedRootData`), 'base64')
        : await this.#file(this.#resolve(this.#text(path, `${where}.trustedRootPath`)));
    const root = parseJson(bytes);
    if (!isRecord(root)) throw this.#invalid(`${where}: the trusted root is not a JSON object`);
    return root;
  }

  #identities(value: unknown, where: string): Identity[] {
    if (value === undefined) return [];
    if (!Array.isArray(value) || value.length === 0) throw this.#invalid(`${where}: expected a list with an identity`);
    return (value as readonly unknown[]).map((each, index) => {
      const at = `${where}[${index}]`;
      const fields = this.#object(each, at, ['issuer', 'issuerRegExp', 'subject', 'subjectRegExp']);
      return { issuer: this.#pattern(fields, 'issuer', at), subject: this.#pattern(fields, 'subject', at) };
    });
  }

  /** `issuer` or `issuerRegExp`, as in a ClusterImagePolicy; the expression must match as a whole. */
  #pattern(fields: JsonRecord, name: string, where: string): string | RegExp {
    const [exact, expression] = [fields[name], fields[`${name}RegExp`]];
    if ((exact === undefined) === (expression === undefined)) {
      throw this.#invalid(`${where}: expected ${name} or ${name}RegExp`);
    }
    if (exact !== undefined) return this.#text(exact, `${where}.${name}`);
    try {
      return new RegExp(`^(?:${this.#text(expression, `${where}.${name}RegExp`)})$`, 'u');
    } catch (error) {
      if (error instanceof SyntaxError) throw this.#invalid(`${where}.${name}RegExp: ${error.message}`);
      throw error;
    }
  }

  #resolve(path: string): string {
    return resolve(dirname(this.#path), path);
  }

  async #file(path: string): Promise<Buffer> {
    try {
      const bytes = await readFile(path);
      if (bytes.byteLength <= MAX_POLICY) return bytes;
      throw new Error(`${path} is larger than ${MAX_POLICY} bytes`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw trustError('policy-unreadable', { path: this.#path, reason }, error);
    }
  }

  #object(value: unknown, where: string, known?: readonly string[]): JsonRecord {
    if (!isRecord(value)) throw this.#invalid(`${where}: expected an object`);
    const unknown = known === undefined ? undefined : Object.keys(value).find((name) => !known.includes(name));
    if (unknown !== undefined) throw this.#invalid(`${where}: unknown field ${JSON.stringify(unknown)}`);
    return value;
  }

  #text(value: unknown, where: string): string {
    if (typeof value !== 'string' || value === '') throw this.#invalid(`${where}: expected a text`);
    return value;
  }

  #texts(value: unknown, where: string): string[] {
    if (!Array.isArray(value) || value.length === 0) throw this.#invalid(`${where}: expected a list of texts`);
    return (value as readonly unknown[]).map((each, index) => this.#text(each, `${where}[${index}]`));
  }

  #invalid(reason: string): Error {
    return trustError('policy-invalid', { path: this.#path, reason });
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : 'this';
}
