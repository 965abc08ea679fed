import { causes } from '../../base/errors.ts';
import type { RegistrySetting } from '../../contract/settings.ts';
import { parseRegistryHost, parseRepository } from '../../oci/reference.ts';

export interface ParsedRegistries {
  readonly registries: readonly RegistrySetting[];
  /** In English, for the log: VS Code's own schema check has marked the same place in settings.json. */
  readonly problems: readonly string[];
}

/** `carvelAirgap.registries` as a person or a policy wrote it. What is wrong is left out and told, and never stops the rest. */
export function parseRegistries(value: unknown): ParsedRegistries {
  if (!Array.isArray(value)) return { registries: [], problems: ['carvelAirgap.registries is not a list'] };
  const registries = new Map<string, RegistrySetting>();
  const problems: string[] = [];
  value.forEach((entry: unknown, index) => {
    try {
      const registry = parseRegistry(entry, problems, `carvelAirgap.registries[${index}]`);
      if (registries.has(registry.host)) throw new Error(`${registry.host} is listed twice`);
      registries.set(registry.host, registry);
    } catch (error) {
      problems.push(`carvelAirgap.registries[${index}]: ${causes(error).join(': ')}`);
    }
  });
  return { registries: [...registries.values()], problems };
}

function parseRegistry(entry: unknown, problems: string[], where: string): RegistrySetting {
  const { host, http, repositories } = (entry ?? {}) as Partial<Record<keyof RegistrySetting, unknown>>;
  if (typeof host !== 'string') throw new Error("'host' is not a text");
  if (http !== undefined && typeof http !== 'boolean') throw new Error("'http' is neither true nor false");
  if (repositories !== undefined && !Array.isArray(repositories)) throw new Error("'repositories' is not a list");
  const registry = parseRegistryHost(host);
  const paths = (repositories ?? []).flatMap((path: unknown) => {
    try {
      return [parseRepository(`${registry}/${String(path)}`).path];
    } catch (error) {
      problems.push(`${where}.repositories: ${causes(error).join(': ')}`);
      return [];
    }
  });
  return {
    host: registry,
    ...(http === true ? { http } : {}),
    ...(paths.length > 0 ? { repositories: [...new Set(paths)] } : {}),
  };
}
