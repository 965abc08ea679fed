// A client of the Kubernetes API over plain HTTPS, so that tests do not inspect the cluster through the library under
// test.
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { type KubeAccess, readAccess } from './kubeconfig.ts';

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly [field: string]: unknown;
  };
  readonly spec?: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
}

export class KubeError extends Error {
  readonly status: number;

  constructor(method: string, path: string, status: number, body: string) {
    super(`${method} ${path}: ${status} ${body.slice(0, 1000)}`);
    this.status = status;
  }
}

export class KubeClient {
  readonly server: string;
  readonly #access: KubeAccess;
  readonly #agent: Agent;

  constructor(access: KubeAccess) {
    this.server = access.server;
    this.#access = access;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 8, ...access.tls });
  }

  /**
   * Connects with the current context of a kubeconfig; supports certificates, keys and tokens, inline or in files, but
   * no exec plugins.
   */
  static async fromKubeconfig(file: string): Promise<KubeClient> {
    return new KubeClient(await readAccess(file));
  }

  close(): void {
    this.#agent.destroy();
  }

  async request<T>(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<T> {
    let response = await this.#send(method, path, body, contentType);
    let text = await textOf(response);
    // For example "storage is (re)initializing", shortly after a CustomResourceDefinition was applied.
    for (let attempt = 0; response.statusCode === 429 && attempt < 30; attempt++) {
      await wait(1000);
      response = await this.#send(method, path, body, contentType);
      text = await textOf(response);
    }
    const status = response.statusCode ?? 0;
    if (status >= 300) throw new KubeError(method, path, status, text);
    // /readyz and similar paths respond with plain text.
    return (response.headers['content-type']?.includes('json') ? JSON.parse(text) : text) as T;
  }

  get<T>(path: string): Promise<T> {
    return this.request<T>('GET', path);
  }

  /** Server-side apply. `resource` is the plural name of the kind. */
  apply(resource: string, object: KubeObject): Promise<KubeObject> {
    const query = '?fieldManager=test-bench&force=true';
    const path = `${pathOf(object.apiVersion, resource, object.metadata.namespace)}/${object.metadata.name}${query}`;
    return this.request('PATCH', path, object, 'application/apply-patch+yaml');
  }

  /**
   * Watches a collection (narrowed by `query`, for example `fieldSelector=metadata.name=web`) until `isIt` accepts the
   * state of an object, and returns that state. Starts with the current states. Rejects with the last state or error
   * seen.
   */
  async waitFor(
    collection: string,
    query: string,
    isIt: (object: KubeObject, type: string) => boolean,
    seconds: number,
  ): Promise<KubeObject> {
    const signal = AbortSignal.timeout(seconds * 1000);
    let last: KubeObject | undefined;
    try {
      for (;;) {
        // Without a resource version, a watch begins with the existing objects. It may end at any time.
        const response = await this.#send('GET', `${collection}?watch=true&${query}`, undefined, '', signal);
        if (response.statusCode !== 200) {
          throw new KubeError('WATCH', collection, response.statusCode ?? 0, await textOf(response));
        }
        for await (const line of linesOf(response)) {
          const event = JSON.parse(line) as { type: string; object: KubeObject };
          last = event.object;
          if (event.type === 'ERROR') break;
          if (!isIt(event.object, event.type)) continue;
          response.destroy();
          return event.object;
        }
        signal.throwIfAborted();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      const state = last ? JSON.stringify(last, null, 2) : 'no object';
      throw new Error(`waited ${seconds} s for ${collection}?${query}; seen last: ${state}`, { cause: error });
    }
  }

  #send(
    method: string,
    path: string,
    body: unknown,
    contentType: string,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const { server, token } = this.#access;
    const headers = {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': contentType }),
    };
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.#agent, headers, ...(signal && { signal }) };
      request(server + path, options, resolve)
        .once('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/** The path of a collection in the API, for example `/apis/apps/v1/namespaces/default/deployments`. */
export function pathOf(apiVersion: string, resource: string, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${resource}`;
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
