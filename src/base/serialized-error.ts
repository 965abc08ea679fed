import { abortError, AirgapError, causes, isAbort, isAirgapError } from './errors.ts';
import type { ErrorArguments, ErrorTemplate } from './errors.ts';
import { isRecord } from './json.ts';

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
  if (isAirgapError(error)) {
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

/**
 * An error as it is written to a journal; causes become part of the message.
 * @param hide removes secrets from a text, because a server may repeat what it was sent
 */
export function noteError(error: unknown, hide: (text: string) => string): object {
  if (!isAirgapError(error)) return { message: hide(causes(error).join(': ') || String(error)) };
  return { code: error.code, template: error.template, args: redactedArguments(error, hide) };
}

/** Parses an error from a journal; returns undefined if the value is not one. */
export function parseNotedError(value: unknown): Error | undefined {
  if (!isRecord(value)) return undefined;
  const { message, code, template, args } = value;
  if (typeof message === 'string') return new Error(message);
  if (typeof code !== 'string' || !isRecord(template) || !isArguments(args)) return undefined;
  const { text, remedy } = template;
  if (typeof text !== 'string') return undefined;
  return new AirgapError(code, { text, ...(typeof remedy === 'string' ? { remedy } : {}) }, args);
}

/** Removes secrets from an error, because a server may repeat what it was sent. */
export function redactedError<Kind>(error: Kind, hide: (text: string) => string): Kind | AirgapError {
  if (!isAirgapError(error)) return error;
  return new AirgapError(error.code, error.template, redactedArguments(error, hide), error.cause);
}

function redactedArguments({ args }: AirgapError, hide: (text: string) => string): ErrorArguments {
  const hidden = Object.entries(args).map(([name, value]) => [name, typeof value === 'string' ? hide(value) : value]);
  return Object.fromEntries(hidden) as ErrorArguments;
}

function isArguments(value: unknown): value is ErrorArguments {
  return isRecord(value) && Object.values(value).every((each) => ['string', 'number'].includes(typeof each));
}
