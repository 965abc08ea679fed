import { writeFile } from 'node:fs/promises';

import { stringify } from 'yaml';

import { startHttpServer } from '../../test/support/http-server.ts';
import type { HttpServer } from '../../test/support/http-server.ts';

/**
 * Stands in for a cluster that is not there (yet): its context is named `name` in the kubeconfig, and its API server
 * answers every request with `message`, which the Clusters view shows. A document that is created meanwhile gets the
 * namespace that the cluster will have.
 */
export async function standInForCluster(
  kubeconfig: string,
  name: string,
  message: string,
  namespace = 'default',
): Promise<HttpServer> {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'InternalError', code: 500, message };
  const server = await startHttpServer((_, response) => {
    response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify(status));
  });
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: `http://${server.host}` } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    'current-context': name,
  };
  await writeFile(kubeconfig, stringify(content), { mode: 0o600 });
  return server;
}
