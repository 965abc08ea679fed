import { X509Certificate } from 'node:crypto';

import { causes } from '../../base/errors.ts';
import type { RegistrySetting } from '../../contract/settings.ts';
import { parseRegistryHost, parseRepository } from '../../oci/reference.ts';
import { EntryFields, settingPath } from './entry-fields.ts';

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
