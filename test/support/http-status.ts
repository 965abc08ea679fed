import { readFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Certificate } from './certificates.ts';

/** The status of a GET on a new connection. */
export async function get(url: string, caFile?: string, credentials?: string, client?: Certificate): Promise<number> {
  const ca = caFile === undefined ? {} : { ca: await readFile(caFile) };
  const own = client && { cert: await readFile(client.certFile), key: await readFile(client.keyFile) };
  const options = { agent: false, ...(credentials === undefined ? {} : { auth: credentials }), ...ca, ...own };
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, options, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    request.once('error', reject).end();
  });
}
