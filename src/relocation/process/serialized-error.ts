import { abortError, AirgapError, isAbort } from '../../base/errors.ts';
import type { ErrorArguments, ErrorTemplate } from '../../base/errors.ts';

/** An error as plain data, to be restored in another process. */
export type SerializedError =
  | { readonly kind: 'abort' }
  | {
      readonly kind: 'airgap';
      readonly code: string;
      readonly args: ErrorArguments;
      readonly template: ErrorTemplate;
      readonly cause?: SerializedError;
    }
  | { readonly kind: 'other'; readonly message: string; readonly stack?: string; readonly cause?: SerializedError };

const MAX_CAUSES = 8;

export function serializeError(error: unknown, depth = 0): SerializedError {
  if (isAbort(error)) return { kind: 'abort' };
  const inner = error instanceof Error && error.cause !== undefined && depth < MAX_CAUSES ? error.cause : undefined;
  const cause = inner === undefined ? {} : { cause: serializeError(inner, depth + 1) };
  if (error instanceof AirgapError) {
    const { code, args, template } = error;
    return { kind: 'airgap', code, args, template, ...cause };
  }
  if (!(error instanceof Error)) return { kind: 'other', message: String(error) };
  return {
    kind: 'other',
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...cause,
  };
}

export function deserializeError(wire: SerializedError): Error {
  if (wire.kind === 'abort') return abortError();
  const cause = wire.cause === undefined ? undefined : deserializeError(wire.cause);
  if (wire.kind === 'airgap') return new AirgapError(wire.code, wire.template, wire.args, cause);
  const error = new Error(wire.message, cause === undefined ? undefined : { cause });
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}
