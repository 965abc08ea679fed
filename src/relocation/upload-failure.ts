import { AirgapError } from '../base/errors.ts';
import { isTransient } from '../oci/retry.ts';

/**
 * What to do after a request of an upload failed.
 * `wait`: again after a while; `resynchronise`: the registry has lost the session or sees it elsewhere; `authorise`: with
 * a new token; `restart`: the bytes were wrong, from the first one; `smaller`: in smaller pieces; `whole`: in one request, since
 * pieces are refused.
 */
export type NextStep = 'wait' | 'resynchronise' | 'authorise' | 'restart' | 'smaller' | 'whole' | 'fail';

const LOST = /\b(?:BLOB_UPLOAD_INVALID|BLOB_UPLOAD_UNKNOWN|RANGE_INVALID)\b/;
const DAMAGED = /\b(?:DIGEST_INVALID|SIZE_INVALID)\b/;

/** By distribution-spec's error codes, and by the statuses of servers that give none. */
export function classifyUploadFailure(error: unknown): NextStep {
  if (!(error instanceof AirgapError)) return 'fail';
  const { code, args } = error;
  const codes = `${args['codes'] ?? ''}`;
  if (isTransient(error)) return 'wait';
  if (code === 'oci.digest-mismatch' || code === 'oci.size-mismatch' || DAMAGED.test(codes)) return 'restart';
  if (code === 'oci.unauthorized' || code === 'oci.credentials-missing') return 'authorise';
  if (args['status'] === 413) return 'smaller';
  const isUploadStep = /^(?:PUT|PATCH) .*\/blobs\/uploads?\//.test(String(args['step'] ?? ''));
  if (args['status'] === 416 || LOST.test(codes) || (args['status'] === 404 && isUploadStep)) return 'resynchronise';
  // Whatever a registry or proxy has against PATCH, it takes POST and may take PUT.
  return isChunkRefusal(error) ? 'whole' : 'fail';
}

/** Whether PATCH was answered with a refusal. */
export function isChunkRefusal(error: unknown): error is AirgapError {
  if (!(error instanceof AirgapError)) return false;
  const status = Number(error.args['status']);
  const isRefusal = (status >= 400 && status < 500) || status === 501;
  return isRefusal && isChunkStep(error);
}

export function isChunkStep({ args }: AirgapError): boolean {
  return String(args['step'] ?? '').startsWith('PATCH ');
}
