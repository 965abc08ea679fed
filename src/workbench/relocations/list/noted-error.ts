import { AirgapError, causes } from '../../../base/errors.ts';
import type { ErrorArguments } from '../../../base/errors.ts';
import { isRecord } from '../../../base/json.ts';
import { isAirgapError } from '../../errors/airgap-errors.ts';

/**
 * An error as it is written down; its causes are part of the message.
 * @param hide takes secrets out of a text: a server may say in its refusal what it was sent
 */
export function noteError(error: unknown, hide: (text: string) => string): object {
  if (!isAirgapError(error)) return { message: hide(causes(error).join(': ') || String(error)) };
  const args = Object.entries(error.args).map(([name, value]) => [
    name,
    typeof value === 'string' ? hide(value) : value,
  ]);
  return { code: error.code, template: error.template, args: Object.fromEntries(args) as object };
}

/** An error that was written down; undefined where it is none. */
export function parseNotedError(value: unknown): Error | undefined {
  if (!isRecord(value)) return undefined;
  const { message, code, template, args } = value;
  if (typeof message === 'string') return new Error(message);
  if (typeof code !== 'string' || !isRecord(template) || !isArguments(args)) return undefined;
  const { text, remedy } = template;
  if (typeof text !== 'string') return undefined;
  return new AirgapError(code, { text, ...(typeof remedy === 'string' ? { remedy } : {}) }, args);
}

function isArguments(value: unknown): value is ErrorArguments {
  return isRecord(value) && Object.values(value).every((each) => ['string', 'number'].includes(typeof each));
}
