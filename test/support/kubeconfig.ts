import { readFile, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
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
