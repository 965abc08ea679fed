import { errorFamily } from '../base/errors.ts';

/** Errors of bundles, locks and archives. Texts in the words of imgpkg where scripts match on them. */
export const carvelError = errorFamily('carvel', {
  'no-config': {
    text: '{reference} is an index: it has no config of its own',
    remedy: 'Open one of the platforms below it.',
  },
  'not-a-bundle': {
    text: 'Expected bundle image but found plain image (hint: Did you use -i instead of -b?): {reference} is {kind}',
    remedy: 'Name a bundle: an image that was pushed with imgpkg push -b.',
  },
  'bundle-layers': {
    text: 'Expected bundle to only have a single layer, got {count}: {reference}',
    remedy: 'The bundle was changed after imgpkg made it. Have it pushed again with imgpkg push -b.',
  },
  'bundle-layer-type': {
    text: 'Expected layer of the bundle {reference} to be a tar, plain or compressed with gzip, was {mediaType}',
    remedy: 'Have the bundle pushed again with imgpkg push -b.',
  },
  'lock-missing': {
    text: 'Expected to find .imgpkg/images.yml in bundle image {reference}',
    remedy: 'The bundle is incomplete. Have it pushed again with imgpkg push -b.',
  },
  'lock-unreadable': { text: 'The layer of the bundle {reference} can not be read: {reason}' },
  'yaml-invalid': { text: '{where} is not valid: {reason}' },
  'lock-file-unreadable': {
    text: 'Trying to read bundle or images lock file: Reading path {path}: open {path}: {reason}',
    remedy: 'Check the path and the rights of the file.',
  },
  'lock-file-invalid': {
    text: 'Trying to read bundle or images lock file: {reason}',
    remedy: 'Give a BundleLock or an ImagesLock as imgpkg or kbld writes it.',
  },
  signature: { text: "Fetching signature for image '{image}': {reason}" },
  'sha512-root': {
    text: 'The image {reference} is named by a sha512 digest, for which imgpkg has no tag (it would be too long)',
    remedy: 'Name it by its sha256 digest or by a tag.',
  },
  'attestation-missing': {
    text: 'The index {index} names the attestation {digest} of the image {image}, but that manifest is missing',
    remedy:
      'Build and push the image again, or restore the manifest: registries that clean up untagged manifests may delete attestations. Images built with --provenance=false --sbom=false have none.',
  },
  'index-incomplete': {
    text: 'The index {index} names the manifest {digest} (platform {platform}), but that manifest is missing',
    remedy: 'Push the image again with all its platforms, or restore the manifest from where the image comes from.',
  },
  'image-missing': {
    text: 'Reading Images from Bundle: {chain}Checking image existence: {image} was found nowhere [tried: {tried}]',
    remedy: 'Bring the image back to one of these places, or use a bundle that does not need it.',
  },
  'nesting-too-deep': { text: 'The bundle {reference} is nested more than {limit} levels deep' },
  'too-many-images': { text: 'The bundle {reference} refers to more than {limit} images' },
  'archive-unreadable': { text: 'open {path}: {reason}', remedy: 'Check the path and the rights of the file.' },
  'archive-not-tar': {
    text: 'archive/tar: invalid tar header: {path} is not a tar ({reason})',
    remedy: 'Choose a file that imgpkg copy --to-tar or an export of Carvel Airgap wrote.',
  },
  'archive-empty': {
    text: 'The file {path} is empty',
    remedy: 'Copy it again from where it was made, or export it again.',
  },
  'archive-docker-save': {
    text: 'The tar {path} was written by docker save (or podman save), not by imgpkg',
    remedy: 'Load it (docker load -i {path}), push its images into a registry, and copy them from there with -i.',
  },
  'archive-oci-layout': {
    text: 'The tar {path} holds an OCI image layout, which imgpkg does not read',
    remedy:
      'Push its image into a registry (for example skopeo copy oci-archive:{path} docker://REGISTRY/NAME), and copy it from there with -i.',
  },
  'archive-in-folder': {
    text: 'file manifest.json not found in tar: {path} has it as {entry}',
    remedy: 'Pack it again without folder names: tar -cf NEW.tar manifest.json sha256-*.tar.gz',
  },
  'archive-no-manifest': {
    text: 'file manifest.json not found in tar: {path} is a tar, but was not written by imgpkg',
    remedy: 'Choose a file that imgpkg copy --to-tar or an export of Carvel Airgap wrote.',
  },
  'archive-truncated': {
    text: 'unexpected EOF: {path} is cut off in {entry}: {want} bytes were expected, the file ends after {got}',
    remedy: 'The file is incomplete. Copy it again from where it was made, or export it again.',
  },
  'archive-entry': {
    text: "The tar {path} has an entry '{entry}' that no tar of bundles has: {reason}",
    remedy: 'Do not use this file. Get it again from where it was made.',
  },
  'archive-duplicate': {
    text: 'The archive {path} holds the entry {entry} twice, with different content',
    remedy:
      'Export it again, or get it again from where it was made: it was changed by tar --append or a similar program.',
  },
  'archive-invalid': { text: 'manifest.json of {path} is not valid: {field}: {reason}' },
  'archive-layer-missing': {
    text: 'file {entry} not found in tar {path} (hint: This may be because when copying to a tarball, the --include-non-distributable-layers flag should have been provided.)',
    remedy: 'Export the archive again; with --include-non-distributable-layers if it has such layers.',
  },
  'archive-changed': {
    text: 'The archive {path} does not hold {digest} any more',
    remedy: 'The file was written anew. Refresh the view and open it there.',
  },
  'archive-image-missing': {
    text: 'The archive {path} holds a bundle whose lock names the image {image}, but not that image',
    remedy: 'The file is incomplete. Export it again.',
  },
  'archive-not-a-file': {
    text: 'The archive can not be written to {path}: it is a device or a pipe, and layers are written side by side',
    remedy: 'Name a file, and send it on when it is complete.',
  },
  'archive-unwritable': {
    text: 'The archive {path} can not be written: {reason}',
    remedy: 'Check the folder and its rights.',
  },
  'archive-busy': {
    text: '{path} is being written by another process (number {pid} on {host})',
    remedy: 'Wait for it to end. If there is no such process, delete {lock}.',
  },
  'archive-left-over': {
    text: 'The file {partial} is there already, and was not made by Carvel Airgap: {path} may be being written',
    remedy: 'Wait for who writes it, or delete {partial} and start again.',
  },
  'disk-full': {
    text: 'There is not enough space for {path}: {needed} bytes are needed, {free} are free',
    remedy: 'Make room and start the same export again, or choose another disk. What was complete before is kept.',
  },
  'disk-full-now': {
    text: 'The disk ran full while {path} was written: {needed} bytes more are needed',
    remedy: 'Make room and start the same export again. What is complete is kept in {partial}.',
  },
  'file-too-large': {
    text: 'The file system does not take a file as large as {path}',
    remedy: 'Choose another disk: FAT32, for example, ends at 4 GiB.',
  },
  'not-utf8': {
    text: 'The manifest or config {digest} is not text in UTF-8: the archive format can not hold it',
    remedy: 'Copy this image from registry to registry instead.',
  },
  'config-too-large': { text: 'The config {digest} has {size} bytes, more than an archive can hold ({limit})' },
  'archive-several-roots': {
    text: 'The archive {path} marks more than one bundle as its root: {first} and {second}',
    remedy: 'Export it again.',
  },
});
