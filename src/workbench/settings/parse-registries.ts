import { X509Certificate } from 'node:crypto';

import { causes } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import type { RegistryRole, RegistrySetting } from '../../contract/settings.ts';
import { parseRegistryHost, parseRepository } from '../../oci/reference.ts';
import { EntryFields, settingPath } from './entry-fields.ts';

/** Maximum length of a registry's name, so that its host remains visible next to it. */
const MAX_NAME = 60;

export interface ParsedRegistries {
  readonly registries: readonly RegistrySetting[];
  /** English messages for the log; VS Code also marks the same places in settings.json. */
  readonly problems: readonly string[];
}

/** Parses `carvelAirgap.registries` as written by a user or a policy. Invalid parts are reported and skipped. */
export function parseRegistries(value: unknown): ParsedRegistries {
  if (!Array.isArray(value)) return { registries: [], problems: ['carvelAirgap.registries is not a list'] };
  const registries = new Map<string, RegistrySetting>();
  const problems: string[] = [];
  value.forEach((entry: unknown, index) => {
    const where = `carvelAirgap.registries[${index}]`;
    try {
      const registry = parseRegistry(entry, (name, error) => problems.push(`${where}.${name}: ${textOf(error)}`));
      if (registries.has(registry.host)) throw new Error(`${registry.host} is listed twice`);
      registries.set(registry.host, registry);
    } catch (error) {
      problems.push(`${where}: ${textOf(error)}`);
    }
  });
  return { registries: [...registries.values()], problems };
}

type ReportProblem = (field: string, error: unknown) => void;

/**
 * A registry with a valid host is listed even if other fields are invalid. Fields that reduce security take effect only if
 * they are entirely valid.
 */
function parseRegistry(entry: unknown, reportProblem: ReportProblem): RegistrySetting {
  const fields = new EntryFields(entry);
  const host = parseRegistryHost(fields.text('host'));
  const read = <Value>(name: string, parse: () => Value): Value | undefined => {
    try {
      return parse();
    } catch (error) {
      reportProblem(name, error);
      return undefined;
    }
  };
  const each = (name: string, parse: (text: string) => string): string[] => {
    const texts = read(name, () => fields.texts(name)) ?? [];
    return [...new Set(texts.map((text) => read(name, () => parse(text))).filter((text) => text !== undefined))];
  };
  const clientCertificate = read('clientCertificate', () => parseClientCertificate(fields));
  const name = read('name', () => parseName(fields.optionalText('name')));
  const role = read('role', () => parseRole(fields.optionalText('role')));
  const clusterHost = read('clusterHost', () => {
    const text = fields.optionalText('clusterHost');
    return text === undefined ? undefined : parseRegistryHost(text);
  });
  const caFiles = each('caFiles', settingPath);
  const trustedCertificates = each('trustedCertificates', checkPem);
  const trustedTokenServers = each('trustedTokenServers', checkServer);
  const repositories = each('repositories', (path) => parseRepository(`${host}/${path}`).path);
  return {
    host,
    ...(name === undefined ? {} : { name }),
    ...(role === undefined ? {} : { role }),
    ...(clusterHost === undefined ? {} : { clusterHost }),
    ...(read('http', () => fields.flag('http')) === true ? { http: true } : {}),
    ...(read('verifyCertificates', () => fields.flag('verifyCertificates')) === false
      ? { verifyCertificates: false }
      : {}),
    ...(caFiles.length > 0 ? { caFiles } : {}),
    ...(trustedCertificates.length > 0 ? { trustedCertificates } : {}),
    ...(trustedTokenServers.length > 0 ? { trustedTokenServers } : {}),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(repositories.length > 0 ? { repositories } : {}),
  };
}

/**
 * Parses `carvelAirgap.registryRoles`, in which `none` removes the role that a registry has in `carvelAirgap.registries`.
 * Invalid entries are reported and skipped.
 */
export function parseRegistryRoles(value: unknown): {
  readonly roles: ReadonlyMap<string, RegistryRole | undefined>;
  readonly problems: readonly string[];
} {
  const roles = new Map<string, RegistryRole | undefined>();
  const problems: string[] = [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { roles, problems: ['carvelAirgap.registryRoles is not an object'] };
  }
  for (const [host, role] of Object.entries(value)) {
    try {
      roles.set(parseRegistryHost(host), role === 'none' ? undefined : parseRole(role));
    } catch (error) {
      problems.push(`carvelAirgap.registryRoles: ${host}: ${textOf(error)}`);
    }
  }
  return { roles, problems };
}

/** The registries with the roles of a workspace, which take precedence over their own. */
export function withRoles(
  registries: readonly RegistrySetting[],
  roles: ReadonlyMap<string, RegistryRole | undefined>,
): readonly RegistrySetting[] {
  return registries.map((registry) => {
    if (!roles.has(registry.host)) return registry;
    const { role: _, ...rest } = registry;
    const role = roles.get(registry.host);
    return role === undefined ? rest : { ...rest, role };
  });
}

/** @throws if the name is too long or contains characters that cannot be shown */
export function parseName(text: string | undefined): string | undefined {
  const name = text?.trim();
  if (name === undefined || name === '') return undefined;
  if (name.length > MAX_NAME) throw new Error(`it has more than ${MAX_NAME} characters`);
  if (printable(name) !== name) throw new Error('it contains characters that cannot be shown');
  return name;
}

function parseRole(role: unknown): RegistryRole | undefined {
  if (role === undefined || role === 'source' || role === 'inside') return role;
  throw new Error("it is neither 'source' nor 'inside'");
}

function parseClientCertificate(fields: EntryFields): RegistrySetting['clientCertificate'] {
  const entry = fields.entry('clientCertificate');
  if (entry === undefined) return undefined;
  return {
    certificateFile: settingPath(entry.text('certificateFile')),
    keyFile: settingPath(entry.text('keyFile')),
  };
}

function checkServer(text: string): string {
  const url = URL.canParse(`https://${text}`) ? new URL(`https://${text}`) : undefined;
  if (url?.host !== text) throw new Error(`'${text}' is not host or host:port`);
  return text;
}

/** A private key has a similar format: it is rejected, and its content does not appear in the message. */
function checkPem(text: string): string {
  try {
    return new X509Certificate(text).toString();
  } catch (error) {
    throw new Error('there is an entry that is not a certificate in PEM', { cause: error });
  }
}

function textOf(error: unknown): string {
  return causes(error).join(': ');
}
