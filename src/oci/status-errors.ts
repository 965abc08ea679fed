import type { AirgapError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { ociError } from './errors.ts';
import { isRecord, member, parseJson } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import { decodeContent } from '../net/http/content-coding.ts';
import { readStart } from '../net/http/read-body.ts';
import type { HttpResponse } from '../net/http/message.ts';

const ERROR_BODY_LIMIT = 64 * 1024;
/** Maximum length of a plain text that is used as an explanation; characters. */
const PLAIN_LIMIT = 200;
/** Codes whose meaning our own texts already state. */
const REDUNDANT_CODES = new Set(['UNAUTHORIZED', 'DENIED', 'TOOMANYREQUESTS']);
/**
 * Fields with an explanation in responses that do not follow the specification (OAuth 2, Docker Hub, GitLab, Google).
 */
const EXPLANATIONS = ['error_description', 'message', 'details', 'detail', 'error'];

export interface Failure {
  /** host[:port] */
  readonly host: string;
  /** host[:port] of the registry as in references, if another server responded on its behalf */
  readonly registry?: string;
  readonly repository: string;
  /** "GET https://host/v2/…" */
  readonly step: string;
  /** Describes the credential that was used; undefined if there was none. */
  readonly credential: string | undefined;
  /** How many requests the registry has accepted so far, if known. */
  readonly taken?: number;
  /** Why the lookup of a credential failed, if it did. */
  readonly problem?: unknown;
  /** The token server has accepted the credential, so the user lacks a permission. */
  readonly isGranted?: boolean;
}

/** The codes of an error response (distribution-spec, "Error Codes") and their text. */
interface Reason {
  readonly codes: readonly string[];
  readonly text: string;
}

/** The error for an unexpected response. Reads its body. */
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
  if (status === 401) return ociError('unauthorized', failure.isGranted === true ? { ...args, granted: 1 } : args);
  // A registry that accepts the start of an upload is not read-only.
  if ((status === 405 || status === 501) && failure.step.startsWith('PATCH ')) return ociError('chunks-refused', args);
  if (status === 405 && /^(?:POST|PUT) /.test(failure.step)) return ociError('read-only', args);
  // A registry may also respond to a request without credentials with 403, 404 or 429.
  const problem = credential === undefined ? failure.problem : undefined;
  if (status === 403) return ociError('forbidden', args, problem);
  if (status === 404) {
    const codes = reason.codes.length > 0 ? { codes: reason.codes.join(' ') } : {};
    const [, object = reason.text] = /\/(?:manifests|blobs|referrers)\/([^/?\s]+)/.exec(failure.step) ?? [];
    return ociError('not-found', { ...args, ...codes, object }, problem);
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
  const { codes, text } = await readExplanation(response);
  return { codes, text: text === '' ? `unexpected status code ${response.status}` : text };
}

/** A server's explanation of a refusal; '' if it gives none. */
export async function readExplanation(response: HttpResponse): Promise<Reason> {
  const bytes = withoutCoding(response, await readStart(response.body, ERROR_BODY_LIMIT));
  const json = parseJson(bytes);
  if (!isRecord(json)) return { codes: [], text: plainText(response, bytes) };
  const list = member(json, 'errors');
  const entries = Array.isArray(list) ? (list as unknown[]).slice(0, 5) : [];
  const codes = entries.flatMap((entry) => textOf(entry, 'code') ?? []);
  const texts = entries.map((entry) => {
    if (typeof entry === 'string') return entry;
    const code = textOf(entry, 'code');
    const message = textOf(entry, 'message') ?? textOf(entry, 'detail');
    return [code !== undefined && REDUNDANT_CODES.has(code) ? undefined : code, message].filter(Boolean).join(': ');
  });
  const text = texts.filter((each) => each !== '').join('; ');
  return { codes, text: printable(text === '' ? explanationIn(json) : text) };
}

function withoutCoding(response: HttpResponse, bytes: Buffer): Buffer {
  try {
    return decodeContent(response, bytes, ERROR_BODY_LIMIT);
  } catch {
    return Buffer.alloc(0);
  }
}

function explanationIn(json: JsonRecord): string {
  for (const key of EXPLANATIONS) {
    const value = member(json, key);
    if (typeof value === 'string' && value !== '') return value;
    const inner = textOf(value, 'message');
    if (inner !== undefined) return inner;
  }
  return '';
}

/** The first line of a plain text; a body of any other type is not written for users. */
function plainText(response: HttpResponse, bytes: Uint8Array): string {
  if (!/^text\/plain\b/i.test(response.header('content-type') ?? '')) return '';
  const line =
    Buffer.from(bytes)
      .toString('utf8')
      .trim()
      .split(/[\r\n]/, 1)[0] ?? '';
  return line === '' ? '' : `unexpected status code ${response.status}: ${printable(line, PLAIN_LIMIT)}`;
}

function textOf(value: unknown, key: string): string | undefined {
  const text = isRecord(value) ? member(value, key) : undefined;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** Retry-After in seconds (RFC 9110, 10.2.3: seconds or a date). */
export function retryAfterSeconds(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
