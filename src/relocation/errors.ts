import { errorFamily } from '../base/errors.ts';

export const relocationError = errorFamily('relocation', {
  'root-missing': {
    text: 'Fetching image: {reason}',
    remedy: 'Check the name; a registry may also answer this when it does not let you see the repository.',
  },
  'tar-to-tar': {
    text: 'Cannot use tar source (--tar) with tar destination (--to-tar)',
    remedy: 'Copy the file, or import it into a registry.',
  },
  'image-is-bundle': {
    text: 'Expected bundle flag when copying a bundle (hint: Use -b instead of -i for bundles): {reference}',
    remedy: 'Use -b, or --ignore-bundle-check to copy the bundle alone, without the images of its lock.',
  },
  'bundle-in-images-lock': {
    text: 'Unable to copy bundles using an Images Lock file (hint: Create a bundle with these images): {reference}',
    remedy: 'Make a bundle that has this lock as its .imgpkg/images.yml, or export to a tar.',
  },
  'no-root': {
    text: 'The tag {tag} can not be given: the source is several images, not one',
    remedy: 'Leave --to-tag out.',
  },
  busy: {
    text: 'A relocation to {destination} is running',
    remedy: 'Stop it first, or wait for its end.',
  },
  'engine-ended': {
    text: 'The process that copies ended unexpectedly ({reason})',
    remedy: 'Start the relocation again: what is complete at the destination is not sent a second time.',
  },
});
