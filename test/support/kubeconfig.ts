import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { Certificate } from './certificates.ts';

export interface KubeconfigOptions {
  readonly server: string;
  readonly caFile: string;
  readonly user: string;
  readonly credentials: Certificate;
  readonly namespace: string;
}

/** Writes a kubeconfig with one context, `<user>@airgap-test`, as kubectl would. */
export async function writeKubeconfig(file: string, options: KubeconfigOptions): Promise<void> {
  const cluster = 'airgap-test';
  const context = `${options.user}@${cluster}`;
  const base64 = (path: string) => readFile(path, 'base64');
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: cluster,
        cluster: { 'certificate-authority-data': await base64(options.caFile), server: options.server },
      },
    ],
    users: [
      {
        name: options.user,
        user: {
          'client-certificate-data': await base64(options.credentials.certFile),
          'client-key-data': await base64(options.credentials.keyFile),
        },
      },
    ],
    contexts: [{ name: context, context: { cluster, namespace: options.namespace, user: options.user } }],
    'current-context': context,
    preferences: {},
  };
  await writeFile(file, stringify(content, { lineWidth: 0 }), { mode: 0o600 });
}

/** How to reach a server according to a kubeconfig. */
export interface KubeAccess {
  readonly server: string;
  readonly tls: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  readonly token?: string;
}

type Named<K extends string, V> = ({ name: string } & Record<K, V>)[];

interface Kubeconfig {
  'current-context': string;
  readonly contexts: Named<'context', { cluster: string; user: string; namespace?: string }>;
  readonly clusters: Named<'cluster', Record<string, string>>;
  readonly users: Named<'user', Record<string, string>>;
}

/**
 * Reads the current context of a kubeconfig; supports certificates, keys and tokens, inline or in files, but no exec
 * plugins.
 */
export async function readAccess(file: string): Promise<KubeAccess> {
  const config = parse(await readFile(file, 'utf8')) as Kubeconfig;
  const context = named(config.contexts, config['current-context']).context;
  const cluster = named(config.clusters, context.cluster).cluster;
  const user = named(config.users, context.user).user;
  const content = async (from: Record<string, string>, field: string): Promise<Buffer | undefined> => {
    const data = from[`${field}-data`];
    if (data !== undefined) return Buffer.from(data, 'base64');
    const path = from[field];
    return path === undefined ? undefined : readFile(path);
  };
  const ca = await content(cluster, 'certificate-authority');
  const cert = await content(user, 'client-certificate');
  const key = await content(user, 'client-key');
  const token = user['token'];
  return {
    server: String(cluster['server']),
    tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
    ...(token === undefined ? {} : { token }),
  };
}

/** Copies a kubeconfig with another namespace in its current context, and optionally another name for it. */
export async function copyKubeconfig(file: string, copy: string, namespace: string, name?: string): Promise<void> {
  const config = parse(await readFile(file, 'utf8')) as Kubeconfig;
  const current = named(config.contexts, config['current-context']);
  current.context.namespace = namespace;
  if (name !== undefined) current.name = config['current-context'] = name;
  await writeFile(copy, stringify(config), { mode: 0o600 });
}

function named<T extends { name: string }>(entries: readonly T[], name: string): T {
  const entry = entries.find((candidate) => candidate.name === name);
  if (!entry) throw new Error(`the kubeconfig has no ${name}`);
  return entry;
}
