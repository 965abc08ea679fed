// As much of secretgen-controller as its documentation says of exported pull secrets ("Secret Import/Export"): the program
// itself is not available as a Go module.
import { setTimeout as wait } from 'node:timers/promises';
import { type KubeClient, type KubeObject, pathOf } from './kube-client.ts';

/** The annotation of Secrets that secretgen-controller fills. */
export const placeholderAnnotation = 'secretgen.carvel.dev/image-pull-secret';

const GROUP = 'secretgen.carvel.dev';

/** Defines the kind SecretExport, as far as an API server has to know it. */
export async function defineSecretExports(client: KubeClient): Promise<void> {
  const name = `secretexports.${GROUP}`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await client.apply('customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind: 'SecretExport', plural: 'secretexports', singular: 'secretexport' },
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema }],
    },
  });
  const isServed = ({ status }: KubeObject): boolean =>
    ((status?.['conditions'] ?? []) as { type: string; status: string }[]).some(
      (condition) => condition.type === 'Established' && condition.status === 'True',
    );
  const definitions = pathOf('apiextensions.k8s.io/v1', 'customresourcedefinitions');
  await client.waitFor(definitions, `fieldSelector=metadata.name=${name}`, isServed, 30);
}

/** Fills all placeholders from the Secrets that are exported to their namespaces, until the signal. */
export async function fillPlaceholders(client: KubeClient, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const exports = await list(client, pathOf(`${GROUP}/v1alpha1`, 'secretexports'));
    const secrets = await list(client, pathOf('v1', 'secrets'));
    for (const { metadata, data } of secrets) {
      if ((metadata['annotations'] as Record<string, string> | undefined)?.[placeholderAnnotation] === undefined)
        continue;
      const from = exports.find(({ spec }) =>
        ((spec?.['toNamespaces'] ?? []) as string[]).some((name) => name === '*' || name === metadata.namespace),
      );
      const source = secrets.find(
        (secret) =>
          secret.metadata.name === from?.metadata.name && secret.metadata.namespace === from.metadata.namespace,
      );
      if (source === undefined || JSON.stringify(data) === JSON.stringify(source.data)) continue;
      const path = `${pathOf('v1', 'secrets', metadata.namespace)}/${metadata.name}`;
      await client.request('PATCH', path, { data: source.data }, 'application/merge-patch+json');
    }
    await wait(200, undefined, { signal }).catch(() => undefined);
  }
}

async function list(client: KubeClient, path: string): Promise<(KubeObject & { readonly data?: object })[]> {
  return (await client.get<{ items: (KubeObject & { readonly data?: object })[] }>(path)).items;
}
