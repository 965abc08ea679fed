import { AirgapError } from '../../base/errors.ts';
import { isAirgapError } from './airgap-errors.ts';

/** An error without secrets: a server may say in its refusal what it was sent. */
export function redactedError(error: unknown, hide: (text: string) => string): unknown {
  if (!isAirgapError(error)) return error;
  const args = Object.entries(error.args).map(([name, value]) => [
    name,
    typeof value === 'string' ? hide(value) : value,
  ]);
  return new AirgapError(error.code, error.template, Object.fromEntries(args) as AirgapError['args'], error.cause);
}
