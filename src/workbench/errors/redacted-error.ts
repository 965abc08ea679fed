import { AirgapError } from '../../base/errors.ts';
import { isAirgapError } from './airgap-errors.ts';

/** Removes secrets from an error, because a server may repeat what it was sent. */
export function redactedError(error: unknown, hide: (text: string) => string): unknown {
  if (!isAirgapError(error)) return error;
  const args = Object.entries(error.args).map(([name, value]) => [
    name,
    typeof value === 'string' ? hide(value) : value,
  ]);
  return new AirgapError(error.code, error.template, Object.fromEntries(args) as AirgapError['args'], error.cause);
}
