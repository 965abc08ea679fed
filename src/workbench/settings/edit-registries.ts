import type { RegistrySetting } from '../../contract/settings.ts';
import { parseRegistryHost } from '../../oci/reference.ts';

/** Changed fields of a registry; undefined removes a field. */
export type RegistryChange = Pick<RegistrySetting, 'host'> & {
  readonly [Field in keyof RegistrySetting]?: RegistrySetting[Field] | undefined;
};

/** An entry of the list as written, and its place. */
export interface WrittenRegistry {
  readonly entry: unknown;
  readonly index: number;
}

/** What was decided for one server and must not apply to another without consent. */
const BOUND_TO_HOST: readonly (keyof RegistrySetting)[] = [
  'http',
  'caFiles',
  'trustedCertificates',
  'clientCertificate',
  'trustedTokenServers',
  'verifyCertificates',
];

/** Adds or changes a registry in the list as written; unknown entries and fields are kept. */
export function withRegistry(written: unknown, change: RegistryChange): readonly unknown[] {
  const list = entries(written);
  const known = list.some((entry) => hostOf(entry) === change.host);
  const changed = (entry: object): object =>
    Object.fromEntries(Object.entries({ ...entry, ...change }).filter(([, value]) => value !== undefined));
  if (!known) return [...list, changed({})];
  return list.map((entry) => (hostOf(entry) === change.host ? changed(entry as object) : entry));
}

export function withoutRegistry(written: unknown, host: string): readonly unknown[] {
  return entries(written).filter((entry) => hostOf(entry) !== host);
}

export function writtenRegistry(written: unknown, host: string): WrittenRegistry | undefined {
  const list = entries(written);
  const index = list.findIndex((entry) => hostOf(entry) === host);
  return index < 0 ? undefined : { entry: list[index], index };
}

/** Puts a removed registry back, unless it was added again in the meantime. */
export function withRestored(written: unknown, { entry, index }: WrittenRegistry): readonly unknown[] {
  const list = entries(written);
  return list.some((each) => hostOf(each) === hostOf(entry)) ? list : list.toSpliced(index, 0, entry);
}

/**
 * Changes the host of a registry.
 * @param keepTrust whether trusted certificates, plain HTTP and the like also apply to the new host
 */
export function withHost(written: unknown, host: string, to: string, keepTrust: boolean): readonly unknown[] {
  return entries(written).map((entry) => {
    if (hostOf(entry) !== host) return entry;
    const dropped: readonly string[] = keepTrust ? [] : BOUND_TO_HOST;
    const kept = Object.entries(entry as object).filter(([name]) => !dropped.includes(name));
    return { ...Object.fromEntries(kept), host: to };
  });
}

/** Whether a registry has anything that is bound to its host. */
export function hasTrust(registry: RegistrySetting | undefined): boolean {
  return BOUND_TO_HOST.some((field) => registry?.[field] !== undefined);
}

function entries(written: unknown): readonly unknown[] {
  return Array.isArray(written) ? (written as readonly unknown[]) : [];
}

function hostOf(entry: unknown): string | undefined {
  const host: unknown = (entry as { host?: unknown } | null)?.host;
  if (typeof host !== 'string') return undefined;
  try {
    return parseRegistryHost(host);
  } catch {
    return undefined;
  }
}
