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
