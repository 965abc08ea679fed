import { readFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** The status of a GET, on a connection of its own. */
export async function get(url: string, caFile?: string, credentials?: string): Promise<number> {
  const ca = caFile === undefined ? {} : { ca: await readFile(caFile) };
  const options = { agent: false, ...(credentials === undefined ? {} : { auth: credentials }), ...ca };
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, options, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    request.once('error', reject).end();
  });
}
