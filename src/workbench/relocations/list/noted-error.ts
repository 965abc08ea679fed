import { AirgapError, causes } from '../../../base/errors.ts';
import type { ErrorArguments } from '../../../base/errors.ts';
import { isRecord } from '../../../base/json.ts';
import { isAirgapError } from '../../errors/airgap-errors.ts';

/**
 * Prepares an error for the journal; causes become part of the message.
 * @param hide removes secrets from a text, because a server may repeat what it was sent
 */
export function noteError(error: unknown, hide: (text: string) => string): object {
  if (!isAirgapError(error)) return { message: hide(causes(error).join(': ') || String(error)) };
  const args = Object.entries(error.args).map(([name, value]) => [
    name,
    typeof value === 'string' ? hide(value) : value,
  ]);
  return { code: error.code, template: error.template, args: Object.fromEntries(args) as object };
}

/** Parses an error from the journal; returns undefined if the value is not one. */
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
