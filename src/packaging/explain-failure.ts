import { isFilled } from '../base/errors.ts';
import type { AirgapError, ErrorArguments } from '../base/errors.ts';
import { explainRequest, namesRequest, normalHost } from './failed-request.ts';
import type { FailureMeaning } from './failed-request.ts';
import { reconcileFailure } from './failure-catalog.ts';
import { FAILURES, failingTool } from './failure-table.ts';
import type { FailingTool, FailureCode } from './failure-table.ts';
import { normalizeFailure } from './failure-text.ts';
import { canonicalImage } from './image-place.ts';
import type { PackageInstall } from './package-install.ts';
import type { PackageRepository } from './package-repository.ts';
import type { Waiting } from './install/waiting.ts';
import type { PackageFetch } from './package-template.ts';

/** The object that failed, with what an explanation may mention. */
interface FailureSubject {
  readonly namespace: string;
  /** Its fetch steps; empty if unknown. */
  readonly fetches: readonly PackageFetch[];
  /** The Secret for fetching its image. */
  readonly secret?: string;
  /** For a PackageInstall, the Package that it installs, if named. */
  readonly install?: { readonly refName?: string };
}

/**
 * Explains the error text of a failed PackageRepository and its remedy; undefined unless the meaning is certain. The
 * text may be the cluster's original or normalized.
 */
export function explainFailure(
  message: string,
  { namespace, source }: Pick<PackageRepository, 'namespace' | 'source'>,
): AirgapError | undefined {
  if (source.kind === 'imgpkgBundle') {
    const fetch: PackageFetch = { kind: source.kind, ...(source.image !== '' && { source: source.image }) };
    return explained(message, { namespace, fetches: [fetch], ...(source.secretName && { secret: source.secretName }) });
  }
  const kind = source.kind === 'none' ? 'unknown' : source.kind;
  const url = 'url' in source ? source.url : undefined;
  return explained(message, { namespace, fetches: [{ kind, ...(url !== undefined && { source: url }) }] });
}

/**
 * Like explainFailure, for a PackageInstall, whose text is that of its App.
 * @param fetches the fetch steps of its Package, if known
 */
export function explainInstallFailure(
  message: string,
  { namespace, refName }: Pick<PackageInstall, 'namespace' | 'refName'>,
  fetches: readonly PackageFetch[] = [],
): AirgapError | undefined {
  return explained(message, { namespace, fetches, install: { ...(refName !== undefined && { refName }) } });
}

/**
 * Explains why a workload or pod that kapp waits for does not become ready; undefined unless the meaning is certain.
 * @param namespace the one of its PackageInstall
 */
export function explainWaiting({ object, reason }: Waiting, namespace: string): AirgapError | undefined {
  const meaning = tableMeaning(normalizeFailure(reason), 'wait');
  if (meaning === undefined) return undefined;
  const { image } = meaning.args;
  return filled(meaning.code, {
    namespace,
    object,
    ...(image !== undefined && { host: hostOf(image) }),
    ...meaning.args,
  });
}

function explained(message: string, subject: FailureSubject): AirgapError | undefined {
  const text = normalizeFailure(message);
  const tool = failingTool(text);
  const step = Number(/Syncing directory '(\d+)'/.exec(text)?.[1] ?? 0);
  const fetched = subject.fetches[step]?.source;
  const meaning =
    tool === 'fetch' && namesRequest(text) ? fetchMeaning(text, subject.fetches[step]) : tableMeaning(text, tool);
  if (meaning === undefined) return undefined;
  const { namespace, secret, install } = subject;
  const { asked, ...found } = meaning.args;
  const image = found['image'] ?? (tool === 'kbld' ? undefined : fetched) ?? asked;
  const args: ErrorArguments = {
    namespace,
    step: String(step),
    ...(secret !== undefined && { secret }),
    ...(install?.refName !== undefined && { object: install.refName }),
    ...(fetched !== undefined && { registry: hostOf(fetched) }),
    ...(image !== undefined && { host: hostOf(image) }),
    ...found,
    ...(image !== undefined && { image: spelled(image, fetched) }),
  };
  const code = codeFor(meaning.code, subject);
  if (code === undefined) return undefined;
  return filled(code, args);
}

/** Without all arguments there is no explanation. */
function filled(code: FailureCode, args: ErrorArguments): AirgapError | undefined {
  const { text, remedy } = reconcileFailure.catalog[code];
  return isFilled(`${text} ${remedy}`, args) ? reconcileFailure.of(code, args) : undefined;
}

/** What a code means for this object; undefined if it does not apply. */
function codeFor(code: FailureCode, { secret, install }: FailureSubject): FailureCode | undefined {
  if (code === 'unauthorized') {
    if (install !== undefined) return 'install-unauthorized';
    return secret === undefined ? code : 'credentials-refused';
  }
  return code === 'nothing-to-deploy' && install !== undefined ? undefined : code;
}

function fetchMeaning(text: string, fetched: PackageFetch | undefined): FailureMeaning | undefined {
  const source = fetched?.source;
  const meaning = explainRequest(text, source === undefined ? undefined : hostOf(source));
  const isLocations = meaning?.code === 'registry-failed' && text.includes('Fetching location image: ');
  return isLocations ? { ...meaning, code: 'locations-unreadable' } : meaning;
}

function tableMeaning(text: string, tool: FailingTool): FailureMeaning | undefined {
  for (const { code, pattern } of FAILURES[tool]) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const found = Object.entries(match.groups ?? {}).filter(([, value]) => value !== undefined);
    return { code, args: Object.fromEntries(found) };
  }
  return undefined;
}

/** The user's spelling if it refers to the same image. */
function spelled(image: string, written: string | undefined): string {
  return written !== undefined && canonicalImage(written) === canonicalImage(image) ? written : image;
}

/** The host of a URL, or of a reference as kapp-controller reads it: Docker Hub if it names no host. */
function hostOf(source: string): string {
  const [, scheme, first = '', rest] = /^([a-z+]+:\/\/)?([^/]*)(\/.*)?$/s.exec(source) ?? [];
  const isHost = scheme !== undefined || (rest !== undefined && /[.:]|^localhost$/.test(first));
  return isHost ? normalHost(first) : 'index.docker.io';
}
