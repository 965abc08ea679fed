import { AirgapError } from '../base/errors.ts';
import { formatReference, parseReference } from '../oci/reference.ts';

/** The location of an image: `registry/path`, and what follows it. */
export interface ImagePlace {
  readonly repository: string;
  readonly digest?: string;
}

/** Splits a reference as kapp-controller's documents write it. */
export function placeOf(image: string): ImagePlace {
  const [name = '', digest] = image.split('@');
  const repository = name.replace(/:[^/:]*$/, '');
  return { repository, ...(digest !== undefined && { digest }) };
}

/** Normalizes a reference for comparison: kbld writes index.docker.io, people write docker.io or nothing. */
export function canonicalImage(image: string): string {
  try {
    return formatReference(parseReference(image));
  } catch (error) {
    if (error instanceof AirgapError) return image;
    throw error;
  }
}
