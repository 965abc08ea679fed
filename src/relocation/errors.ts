import { errorFamily } from '../base/errors.ts';

export const relocationError = errorFamily('relocation', {
  'root-missing': {
    text: 'Fetching image: {reason}',
    remedy: 'Check the name. A registry may also answer this if you have no access to the repository.',
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
    remedy: 'Create a bundle with this lock as its .imgpkg/images.yml, or export to a tar.',
  },
  'job-plan-invalid': {
    text: 'The plan of the Job at {where} is not valid: {reason}',
    remedy: 'Start the copy again, with the version of carvel-airgap that is in the image of the Job.',
  },
  'base-incomplete': {
    text: 'The tar {path} omits layers that {destination} does not have ({count}, {size}): {digests}',
    remedy:
      'It is a delta since {base}. First import that into {destination} (and the deltas between, in order), or export again with --since an inventory of {destination}, or without --since.',
  },
  'base-unknown': {
    text: 'The tar {path} lacks layers that {destination} does not have either ({count}, {size}): {digests}',
    remedy:
      'It is a delta, or damaged. Transfer the export manifest ({path}.export.json) too, which names the base of a delta, or export again without --since.',
  },
  'packages-need-bundle': {
    text: 'Packages can only be chosen from a bundle, not from {source}',
    remedy: 'Name the bundle, a BundleLock, or a tar that was exported from a bundle.',
  },
  'base-unrelated': {
    text: '{base} has none of the {count} layers and configs of {source}, so there is nothing to omit',
    remedy:
      'It may be of another repository. Use a receipt or an inventory of the place where {source} is to be imported; without --since, everything is exported.',
  },
  'base-lost': {
    text: 'The destination does not have the layer {digest} any more, which {path} omits. Nothing was tagged',
    remedy:
      'It was deleted during the import, or could not be mounted. Import {base} again, with --repair, and then this tar.',
  },
  'platforms-refused': {
    text: '{destination} does not accept an index without the manifests of {platforms}',
    remedy:
      'Copy all platforms, or allow such indexes in the registry (Distribution 3: validation.manifests.indexes.platforms). Nothing was copied.',
  },
  'platforms-between-registries': {
    text: 'Only some platforms can be copied between registries, but not from or to {file}',
    remedy:
      'A tar or image layout needs all manifests of an index: imgpkg and other tools cannot read it otherwise. Copy all platforms instead, or single images of the platform by their digests.',
  },
  'scan-refused': {
    text: '{command} refused {count} of {total} images: {reasons}',
    remedy: 'Nothing was written. The output of the command says why; it ran for every new image.',
  },
  'scan-not-run': {
    text: 'The shell cannot run {command}: exit code {exitCode}: {reason}',
    remedy: 'Check that the program is installed, executable and on the PATH. Nothing was written.',
  },
  'no-root': {
    text: 'Cannot set the tag {tag}: the source consists of several images',
    remedy: 'Omit --to-tag.',
  },
  busy: {
    text: 'A relocation to {destination} is already running',
    remedy: 'Stop it, or wait until it has finished.',
  },
  'engine-ended': {
    text: 'The copy engine exited unexpectedly ({reason})',
    remedy: 'Start the relocation again. What is complete at the destination is not sent again.',
  },
});
