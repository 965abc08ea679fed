import type { KubeObject } from './kube-client.ts';

export const samplePackage = 'greeter.apps.test';

/**
 * A Package that needs neither a registry nor a node: ytt renders a ConfigMap from its values. Version 2 renames a
 * value and changes a default.
 */
export function sampleVersion(version: string, namespace: string, more: object = {}): KubeObject {
  const isSecond = version.startsWith('2');
  const greeting = isSecond ? 'salutation' : 'greeting';
  const schema = `#@data/values-schema
---
#@schema/desc "What it says"
${greeting}: hello
#@schema/desc "How often"
times: ${isSecond ? 3 : 1}
labels:
  team: none
`;
  const template = `#@ load("@ytt:data", "data")
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: greeter
  labels:
    team: #@ data.values.labels.team
data:
  text: #@ data.values.${greeting}
  times: #@ str(data.values.times)
  version: "${version}"
`;
  return {
    apiVersion: 'data.packaging.carvel.dev/v1alpha1',
    kind: 'Package',
    metadata: { name: `${samplePackage}.${version}`, namespace },
    spec: {
      refName: samplePackage,
      version,
      releaseNotes: `Notes of ${version}`,
      releasedAt: `2026-0${version.slice(0, 1)}-01T00:00:00Z`,
      valuesSchema: {
        openAPIv3: {
          type: 'object',
          additionalProperties: false,
          properties: {
            [greeting]: { type: 'string', default: 'hello', description: 'What it says' },
            times: { type: 'integer', default: isSecond ? 3 : 1, minimum: 1, description: 'How often' },
            labels: {
              type: 'object',
              additionalProperties: false,
              properties: { team: { type: 'string', default: 'none' } },
            },
          },
        },
      },
      template: {
        spec: {
          fetch: [{ inline: { paths: { 'schema.yml': schema, 'config.yml': template } } }],
          template: [{ ytt: { paths: ['.'] } }],
          deploy: [{ kapp: { rawOptions: ['--wait-timeout=60s'] } }],
        },
      },
      ...more,
    },
  };
}
