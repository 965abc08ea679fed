import { AirgapError } from '../base/errors.ts';
import { parseReference } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';

/** Parses an image reference; undefined if the text is not one. */
export function tryParseReference(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof AirgapError) return undefined;
    throw error;
  }
}
