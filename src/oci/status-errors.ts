import type { AirgapError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { ociError } from './errors.ts';
import { isJsonObject, member, parseJson } from './json.ts';
import { readStart } from './http/read-body.ts';
import type { HttpResponse } from './http/transport.ts';

const ERROR_BODY_LIMIT = 64 * 1024;

export interface Failure {
  /** host[:port] */
  readonly host: string;
  /** host[:port] of the registry as in references, where a server that belongs to it answered */
  readonly registry?: string;
  readonly repository: string;
  /** "GET https://host/v2/…" */
  readonly step: string;
  /** Which credential was used, in words; undefined where none was. */
  readonly credential: string | undefined;
  /** How many requests the registry has taken so far, where that is known. */
  readonly taken?: number;
  /** Why no credential was found, where looking for one failed. */
  readonly problem?: unknown;
}

/** The codes of an error answer (distribution-spec, "Error Codes") and their text. */
interface Reason {
  readonly codes: readonly string[];
  readonly text: string;
}

/** The error for an answer that is none of those hoped for. Reads its body. */
export async function statusError(response: HttpResponse, failure: Failure): Promise<AirgapError> {
  const { status } = response;
  const reason = await readReason(response);
  const { host, repository, step, credential } = failure;
  const registry = failure.registry ?? host;
  const args = {
    host,
    registry,
    repository,
    step,
    credential: credential ?? 'no credentials',
    status,
    reason: reason.text,
  };
  if (status === 401 && credential === undefined) return ociError('credentials-missing', args, failure.problem);
  if (status === 401) return ociError('unauthorized', args);
  if (status === 405 && /^(?:POST|PUT|PATCH) /.test(failure.step)) return ociError('read-only', args);
  // Of someone without credentials a registry may also say that there is nothing, or that it was too much.
  const problem = credential === undefined ? failure.problem : undefined;
  if (status === 403) return ociError('forbidden', args, problem);
  if (status === 404) {
    const codes = reason.codes.length > 0 ? { codes: reason.codes.join(' ') } : {};
    return ociError('not-found', { ...args, ...codes }, problem);
  }
  const seconds = retryAfterSeconds(response.header('retry-after'), Date.now());
  const wait = seconds === undefined ? {} : { seconds };
  if (status === 429 || reason.codes.includes('TOOMANYREQUESTS')) {
    const taken = failure.taken === undefined ? {} : { taken: failure.taken };
    return ociError('rate-limited', { ...args, ...wait, ...taken }, problem);
  }
  const codes = reason.codes.length > 0 ? { codes: reason.codes.join(' ') } : {};
  return ociError('status-unexpected', { ...args, ...codes, ...(status === 503 ? wait : {}) });
}

async function readReason(response: HttpResponse): Promise<Reason> {
  const body = await readStart(response.body, ERROR_BODY_LIMIT);
  const json = parseJson(body);
  const list = isJsonObject(json) ? member(json, 'errors') : undefined;
  const codes: string[] = [];
  const texts: string[] = [];
  for (const entry of Array.isArray(list) ? (list as unknown[]).slice(0, 5) : []) {
    if (!isJsonObject(entry)) continue;
    const code = member(entry, 'code');
    const message = member(entry, 'message');
    if (typeof code === 'string') codes.push(code);
    // These words stand in our own text already.
    const said =
      code === 'UNAUTHORIZED' || code === 'DENIED' || code === 'TOOMANYREQUESTS' ? [message] : [code, message];
    texts.push(said.filter((part) => typeof part === 'string' && part !== '').join(': '));
  }
  const text = texts.filter((each) => each !== '').join('; ');
  return { codes, text: printable(text === '' ? `unexpected status code ${response.status}` : text) };
}

/** Retry-After in seconds (RFC 9110, 10.2.3: seconds or a date). */
export function retryAfterSeconds(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
