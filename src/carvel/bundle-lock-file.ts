import { readFile } from 'node:fs/promises';

import { decodeText } from '../base/decode-text.ts';
import { AirgapError } from '../base/errors.ts';
import { parseBundleLock } from './bundle-lock.ts';
import type { BundleLock } from './bundle-lock.ts';
import { carvelError } from './errors.ts';
import { parseImagesLock } from './images-lock.ts';
import type { ImagesLock } from './images-lock.ts';

/**
 * Reads a BundleLock or ImagesLock file. If parsing fails, the error is the one for the kind that the file declares,
 * whereas imgpkg always reports the ImagesLock's.
 * @throws carvel.lock-file-unreadable, carvel.lock-file-invalid
 */
export async function readBundleOrImagesLock(path: string): Promise<BundleLock | ImagesLock> {
  let text: string;
  try {
    text = decodeText(await readFile(path));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const reason =
      code === 'ENOENT' ? 'no such file or directory' : error instanceof Error ? error.message : String(error);
    throw carvelError('lock-file-unreadable', { path, reason }, error);
  }
  try {
    return parseBundleLock(text, path);
  } catch (bundleError) {
    if (!(bundleError instanceof AirgapError)) throw bundleError;
    try {
      return parseImagesLock(text, path);
    } catch (imagesError) {
      if (!(imagesError instanceof AirgapError)) throw imagesError;
      const isBundleLock = /^kind:\s*BundleLock\s*$/m.test(text);
      const reason = (isBundleLock ? bundleError : imagesError).message;
      throw carvelError('lock-file-invalid', { reason }, isBundleLock ? bundleError : imagesError);
    }
  }
}
