import { AirgapError } from '../base/errors.ts';
import { formatReference, parseReference } from '../oci/reference.ts';

/** Where an image lies, and which: `registry/path` and what follows. */
export interface ImagePlace {
  readonly repository: string;
  readonly digest?: string;
}

/** Takes a reference to pieces as kapp-controller's documents have them. */
export function placeOf(image: string): ImagePlace {
  const [name = '', digest] = image.split('@');
  const repository = name.replace(/:[^/:]*$/, '');
  return { repository, ...(digest !== undefined && { digest }) };
}

/** One spelling of a reference, for comparing: kbld writes index.docker.io, people docker.io or nothing. */
export function canonicalImage(image: string): string {
  try {
    return formatReference(parseReference(image));
  } catch (error) {
    if (error instanceof AirgapError) return image;
    throw error;
  }
}
