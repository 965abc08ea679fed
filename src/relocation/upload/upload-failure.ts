import { AirgapError } from '../../base/errors.ts';
import { isTransient } from '../../oci/retry.ts';

/**
 * How to continue after a failed upload request. `wait`: retry later; `resynchronize`: the registry has lost the
 * session or is at another offset; `authorize`: get a new token; `restart`: the bytes were wrong, so send them from the
 * beginning; `smaller`: use smaller chunks; `whole`: send one request, because chunks are refused.
 */
export type NextStep = 'wait' | 'resynchronize' | 'authorize' | 'restart' | 'smaller' | 'whole' | 'fail';

const LOST = /\b(?:BLOB_UPLOAD_INVALID|BLOB_UPLOAD_UNKNOWN|RANGE_INVALID)\b/;
const DAMAGED = /\b(?:DIGEST_INVALID|SIZE_INVALID)\b/;

/** Classifies by the error codes of the distribution-spec, or by status for servers without codes. */
export function classifyUploadFailure(error: unknown): NextStep {
  if (!(error instanceof AirgapError)) return 'fail';
  const { code, args } = error;
  const codes = `${args['codes'] ?? ''}`;
  if (isTransient(error)) return 'wait';
  if (code === 'oci.digest-mismatch' || code === 'oci.size-mismatch' || DAMAGED.test(codes)) return 'restart';
  if (code === 'oci.unauthorized' || code === 'oci.credentials-missing') return 'authorize';
  if (args['status'] === 413) return 'smaller';
  const isUploadStep = /^(?:PUT|PATCH) .*\/blobs\/uploads?\//.test(String(args['step'] ?? ''));
  if (args['status'] === 416 || LOST.test(codes) || (args['status'] === 404 && isUploadStep)) return 'resynchronize';
  // A registry or proxy that refuses PATCH accepts POST and may accept PUT.
  return isChunkRefusal(error) ? 'whole' : 'fail';
}

/** Whether PATCH was refused. */
export function isChunkRefusal(error: unknown): error is AirgapError {
  if (!(error instanceof AirgapError)) return false;
  const status = Number(error.args['status']);
  const isRefusal = (status >= 400 && status < 500) || status === 501;
  return isRefusal && isChunkStep(error);
}

export function isChunkStep({ args }: AirgapError): boolean {
  return String(args['step'] ?? '').startsWith('PATCH ');
}
