import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type KubeClient, type KubeObject, pathOf } from './kube-client.ts';
import { outputOf } from './run-program.ts';

/** The namespace in which kapp-controller runs. */
export const systemNamespace = 'kapp-controller';

/** Packages in this namespace are listed in every namespace. */
export const globalNamespace = 'kapp-controller-packaging-global';

export interface InstallOptions {
  /** The local port of the aggregated API server; if undefined, plain custom resources replace it. */
  readonly aggregatedPort?: number;
  /** The Secret kapp-controller-config. */
  readonly config: Readonly<Record<string, string>>;
}

/** Plural names of the kinds in the release, in the order in which they are applied. */
const resources: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  CustomResourceDefinition: 'customresourcedefinitions',
  ServiceAccount: 'serviceaccounts',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  RoleBinding: 'rolebindings',
  Secret: 'secrets',
  Service: 'services',
  APIService: 'apiservices',
};

/** Applies the resources of kapp-controller's release except the Deployment: its process runs on this machine. */
export async function installKappController(
  client: KubeClient,
  { ytt, config }: { ytt: string; config: string },
  options: InstallOptions,
): Promise<void> {
  const files = ['config', 'values-schema.yml', 'overlays/crd-overlay.yml'];
  const rendered = await outputOf(
    ytt,
    files.flatMap((file) => ['-f', join(config, file)]),
  );
  const released = parseAllDocuments(rendered).map((document) => document.toJS() as KubeObject);
  const objects = [...released.flatMap((object) => adapt(object, options)), settings(options.config)];
  if (options.aggregatedPort === undefined) {
    objects.push(plain('packages', 'Package'), plain('packagemetadatas', 'PackageMetadata'));
  }

  for (const [kind, resource] of Object.entries(resources)) {
    const ofKind = objects.filter((object) => object.kind === kind);
    await Promise.all(ofKind.map((object) => client.apply(resource, object)));
    if (kind !== 'CustomResourceDefinition') continue;
    // Requests for instances receive 404 before this.
    await Promise.all(ofKind.map(({ metadata }) => established(client, metadata.name)));
  }
}

function adapt(object: KubeObject, { aggregatedPort }: InstallOptions): KubeObject[] {
  switch (object.kind) {
    case 'Deployment':
      return [];
    case 'Service':
      // For such a service the aggregator uses its name as the host and needs no endpoints: so the address of the API
      // server can be localhost, which endpoints must not contain.
      if (aggregatedPort === undefined) return [];
      return [{ ...object, spec: { type: 'ExternalName', externalName: 'localhost' } }];
    case 'APIService': {
      if (aggregatedPort === undefined) return [];
      const service = object.spec?.['service'] as Record<string, unknown>;
      return [{ ...object, spec: { ...object.spec, service: { ...service, port: aggregatedPort } } }];
    }
    default:
      return [object];
  }
}

function settings(values: Readonly<Record<string, string>>): KubeObject {
  const metadata = { name: 'kapp-controller-config', namespace: systemNamespace };
  return { apiVersion: 'v1', kind: 'Secret', metadata, stringData: values } as KubeObject;
}

/** A custom resource without schema validation, as a replacement for one of the aggregated API. */
function plain(resource: string, kind: string): KubeObject {
  const group = 'data.packaging.carvel.dev';
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural: resource, singular: kind.toLowerCase() },
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema }],
    },
  };
}

async function established(client: KubeClient, name: string): Promise<void> {
  const definitions = pathOf('apiextensions.k8s.io/v1', 'customresourcedefinitions');
  await client.waitFor(
    definitions,
    `fieldSelector=metadata.name=${name}`,
    ({ status }) => {
      const conditions = (status?.['conditions'] ?? []) as { type: string; status: string }[];
      return conditions.some((condition) => condition.type === 'Established' && condition.status === 'True');
    },
    30,
  );
}
