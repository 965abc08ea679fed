import { stringify } from 'yaml';

/** kapp-controller's configuration, reduced to its certificates because other keys may contain a password. */
export function controllerConfigYaml(kind: 'Secret' | 'ConfigMap', namespace: string, caCertificates: string): string {
  const content = { caCerts: caCertificates };
  return stringify(
    {
      apiVersion: 'v1',
      kind,
      metadata: { name: 'kapp-controller-config', namespace },
      ...(kind === 'Secret' ? { stringData: content } : { data: content }),
    },
    { lineWidth: 0, compat: 'yaml-1.1' },
  );
}
