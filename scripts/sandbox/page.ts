import { startHttpServer } from '../../test/support/http-server.ts';
import type { HttpServer } from '../../test/support/http-server.ts';
import type { KubeClient } from '../../test/support/kube-client.ts';

/** Where the page of the application `web` is, whenever one of its pods runs in any namespace. */
export interface ApplicationPage extends HttpServer {
  /** From now on, pods of this cluster are found. */
  cluster: KubeClient | undefined;
}

interface PodList {
  readonly items: readonly { readonly status: { readonly phase?: string; readonly podIP?: string } }[];
}

/** Serves it at a loopback address, as a load balancer of the cluster would at one of its own. */
export async function startApplicationPage(): Promise<ApplicationPage> {
  const page: { cluster: KubeClient | undefined } = { cluster: undefined };
  const server = await startHttpServer((_, response) => {
    const answer = (status: number, text: string) =>
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(text);
    pageOf(page.cluster).then(
      (text) => answer(200, text),
      (error: unknown) =>
        answer(503, `<!doctype html><p>${error instanceof Error ? error.message : String(error)}</p>`),
    );
  });
  return Object.assign(page, server);
}

async function pageOf(cluster: KubeClient | undefined): Promise<string> {
  if (cluster === undefined) throw new Error('The cluster of the sandbox is not ready yet.');
  const { items } = await cluster.get<PodList>('/api/v1/pods?labelSelector=app%3Dweb');
  const running = items.find(({ status }) => status.phase === 'Running' && status.podIP !== undefined);
  if (running === undefined) throw new Error('No pod of the application web runs yet: install the Package first.');
  const response = await fetch(`http://${running.status.podIP}:8080/`, { signal: AbortSignal.timeout(5000) });
  return response.text();
}
