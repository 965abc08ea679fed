// A very large registry: ten thousand repositories, one of them with a hundred thousand tags, listed in pages.
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type HttpServer, startHttpServer } from './http-server.ts';
import { sha256 } from './raw-registry.ts';

export interface BigRegistry extends HttpServer {
  /** Requests so far, by kind. */
  readonly asked: { catalog: number; tags: number; manifests: number };
  /** Sets the milliseconds that each further page takes. */
  pace(milliseconds: number): void;
}

const REPOSITORIES = 10_000;
const TAGS = 100_000;
/** Maximum size of a page, whatever the request asks for. */
const MOST = 1000;

const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const config = Buffer.from('{"architecture":"amd64","os":"linux"}');
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: sha256(config), size: config.length },
    layers: [],
  }),
);

/** The repository with all the tags is the first one. */
export const bigRepository = 'a/big';

/** Its newest tag, which registries list among the last ones. */
export const newestTag = 'v1.999.99';

export async function startBigRegistry(): Promise<BigRegistry> {
  const numbers = Array.from({ length: REPOSITORIES - 1 }, (_, index) => String(index + 1).padStart(5, '0'));
  const repositories = [bigRepository, ...numbers.map((number) => `team/app-${number}`)];
  const versions = Array.from({ length: TAGS }, (_, index) => `v1.${Math.floor(index / 100)}.${index % 100}`).sort();
  const asked = { catalog: 0, tags: 0, manifests: 0 };
  let milliseconds = 0;
  const server = await startHttpServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://registry');
    const [, repository = '', kind, reference = ''] =
      /^\/v2\/(.+)\/(tags|manifests|blobs)\/(.+)$/.exec(url.pathname) ?? [];
    void (async () => {
      if (url.pathname === '/v2/') return json(response, {});
      if (url.pathname === '/v2/_catalog') {
        asked.catalog++;
        await wait(milliseconds);
        return page(response, url, repositories, 'repositories');
      }
      if (kind === 'tags') {
        asked.tags++;
        await wait(milliseconds);
        return page(response, url, repository === bigRepository ? versions : ['1.0.0'], 'tags');
      }
      if (kind === 'manifests' && !reference.startsWith('sha256-')) {
        asked.manifests++;
        const headers = { 'content-type': mediaType, 'docker-content-digest': sha256(manifest) };
        return response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : manifest);
      }
      if (kind === 'blobs') return response.writeHead(200).end(config);
      return response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"NOT_FOUND"}]}');
    })();
  });
  return { ...server, asked, pace: (next) => void (milliseconds = next) };
}

/** Pages as in the distribution-spec: `n`, `last`, and a Link to the next page. */
function page(response: ServerResponse, url: URL, names: readonly string[], field: string): void {
  const last = url.searchParams.get('last');
  const start = last === null ? 0 : names.indexOf(last) + 1;
  const limit = Math.min(Number(url.searchParams.get('n') ?? MOST), MOST);
  const part = names.slice(start, start + limit);
  if (start + limit < names.length) {
    url.searchParams.set('last', part.at(-1) ?? '');
    url.searchParams.set('n', String(limit));
    response.setHeader('link', `<${url.pathname}${url.search}>; rel="next"`);
  }
  json(response, { [field]: part });
}

function json(response: ServerResponse, content: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}
