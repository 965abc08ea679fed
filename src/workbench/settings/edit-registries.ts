import type { RegistrySetting } from '../../contract/settings.ts';
import { parseRegistryHost } from '../../oci/reference.ts';

/** Adds or changes a registry in the list as written; unknown entries and fields are kept. */
export function withRegistry(written: unknown, registry: RegistrySetting): readonly unknown[] {
  const list = entries(written);
  const known = list.some((entry) => hostOf(entry) === registry.host);
  if (!known) return [...list, registry];
  return list.map((entry) => (hostOf(entry) === registry.host ? { ...(entry as object), ...registry } : entry));
}

export function withoutRegistry(written: unknown, host: string): readonly unknown[] {
  return entries(written).filter((entry) => hostOf(entry) !== host);
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
