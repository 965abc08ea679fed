import { ociError } from './errors.ts';
import { isDigest } from './digest.ts';
import type { Digest } from './digest.ts';
import { AirgapError } from '../base/errors.ts';

/** A repository of a registry. `registry` is host[:port] in the form that references use (Docker Hub: index.docker.io). */
export interface Repository {
  readonly registry: string;
  readonly path: string;
}

/** A repository with a tag, a digest, or both; then the digest takes precedence. */
export interface Reference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

/** A reference by digest, which identifies its content. */
export interface DigestReference extends Repository {
  readonly digest: Digest;
}

const REPOSITORY_PATH = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;

export const DOCKER_HUB = 'index.docker.io';

/** host[:port] of a registry's API, which can differ from its name in references. */
export function addressOf(registry: string): string {
  return registry === DOCKER_HUB ? 'registry-1.docker.io' : registry;
}

/**
 * Validates `host[:port]` and returns the form that references use: Docker Hub's other names become index.docker.io.
 */
export function parseRegistryHost(text: string): string {
  refuseProtocol(text);
  if (!HOST.test(text)) throw invalid(text, 'the registry must be a host or host:port, without a path');
  const [, port] = /:([0-9]+)$/.exec(text.replace(/^\[.*\]/, '')) ?? [];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    throw invalid(text, `the port must be between 1 and 65535, not ${port}`);
  }
  return ['docker.io', 'registry-1.docker.io'].includes(text) ? DOCKER_HUB : text;
}

/**
 * Parses a repository, as `--to-repo` accepts it (rules of go-containerregistry's name package).
 * @throws oci.repository-invalid, also if it has a tag or digest; oci.reference-invalid
 */
export function parseRepository(text: string): Repository {
  refuseProtocol(text);
  const { registry, rest } = splitRegistry(text);
  // imgpkg's wording and order of checks, which it applies to the name as given, before `library/` is prepended.
  const repository = text.slice(text.length - rest.length);
  const name = rest === `library/${text}` ? text : repository;
  const fail = (reason: string) => ociError('repository-invalid', { repository: name, reason });
  if (name.length < 2 || name.length > 255) {
    throw fail('repository must be between 2 and 255 characters in length');
  }
  if (!/^[a-z0-9_./-]+$/.test(name)) {
    throw fail('repository can only contain the characters `abcdefghijklmnopqrstuvwxyz0123456789_-./`');
  }
  return { registry, path: checkPath(text, registry, rest) };
}

/**
 * Parses an image reference. Without tag and digest, the tag is `latest`; a tag before a digest is only kept for
 * display.
 */
export function parseReference(text: string): Reference {
  refuseProtocol(text);
  const { registry, rest } = splitRegistry(text);
  const [name = '', digest, ...more] = rest.split('@');
  if (more.length > 0) throw invalid(text, 'it has more than one @');
  const colon = name.indexOf(':');
  const path = checkPath(text, registry, colon < 0 ? name : name.slice(0, colon));
  const tag = colon < 0 ? undefined : name.slice(colon + 1);
  if (tag !== undefined && !isTag(tag)) throw invalid(text, `'${tag}' is not a valid tag`);
  if (digest !== undefined) {
    if (!isDigest(digest)) throw invalid(text, `'${digest}' is not a sha256 or sha512 digest`);
    return { registry, path, digest, ...(tag === undefined ? {} : { tag }) };
  }
  return { registry, path, tag: tag ?? 'latest' };
}

/** @throws oci.reference-invalid if the reference has no digest, which a lock file requires */
export function parseDigestReference(text: string): DigestReference {
  const { registry, path, digest } = parseReference(text);
  if (digest === undefined) throw invalid(text, `Expected ref to be in digest form, got '${text}'`);
  return { registry, path, digest };
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

export function formatRepository({ registry, path }: Repository): string {
  return `${registry}/${path}`;
}

/** `registry/path@digest` if there is a digest, otherwise `registry/path:tag`. */
export function formatReference(reference: Reference): string {
  const repository = formatRepository(reference);
  return reference.digest === undefined
    ? `${repository}:${reference.tag ?? 'latest'}`
    : `${repository}@${reference.digest}`;
}

function splitRegistry(text: string): { registry: string; rest: string } {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  if (first.includes('.') || first.includes(':') || first === 'localhost') {
    return { registry: parseRegistryHost(first), rest: text.slice(slash + 1) };
  }
  return { registry: DOCKER_HUB, rest: slash < 0 && text !== '' ? `library/${text}` : text };
}

function checkPath(text: string, registry: string, path: string): string {
  const full = registry === DOCKER_HUB && path !== '' && !path.includes('/') ? `library/${path}` : path;
  if (full.length < 2 || full.length > 255) throw invalid(text, 'the repository must have 2 to 255 characters');
  if (!REPOSITORY_PATH.test(full)) {
    throw invalid(text, `'${full}' is not a repository name (lower-case letters, digits, '.', '_', '-', '/')`);
  }
  return full;
}

function refuseProtocol(reference: string): void {
  for (const protocol of ['http://', 'https://']) {
    if (reference.startsWith(protocol)) throw ociError('reference-protocol', { reference, protocol });
  }
}

function invalid(reference: string, reason: string): Error {
  return ociError('reference-invalid', { reference, reason });
}

/** Parses an image reference; undefined if the text is not one. */
export function tryParseReference(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof AirgapError) return undefined;
    throw error;
  }
}
