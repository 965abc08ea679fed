import { AirgapError } from '../base/errors.ts';
import { parseReference } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';

/** Undefined where the text is no image reference. */
export function attemptReference(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof AirgapError) return undefined;
    throw error;
  }
}
