import type { AirgapError } from '../../base/errors.ts';

/** Checks the shape, because each bundle in dist/ has its own copy of the class. */
export function isAirgapError(error: unknown): error is AirgapError {
  return error instanceof Error && error.name === 'AirgapError' && 'template' in error && 'args' in error;
}

export function hasCode(error: unknown, ...codes: readonly string[]): error is AirgapError {
  return isAirgapError(error) && codes.includes(error.code);
}
