import { errorFamily } from '../base/errors.ts';

/** Errors of bundles, locks and archives, in imgpkg's wording where scripts match on it. */
export const carvelError = errorFamily('carvel', {
  'no-config': {
    text: '{reference} is an index and has no config',
    remedy: 'Open one of its platforms.',
  },
  'not-a-bundle': {
    text: 'Expected bundle image but found plain image (hint: Did you use -i instead of -b?): {reference} is {kind}',
    remedy: 'Specify a bundle: an image that was pushed with imgpkg push -b.',
  },
  'bundle-layers': {
    text: 'Expected bundle to only have a single layer, got {count}: {reference}',
    remedy: 'The bundle was modified after imgpkg created it. Push it again with imgpkg push -b.',
  },
  'bundle-layer-type': {
    text: 'Expected layer of the bundle {reference} to be a tar, plain or compressed with gzip, was {mediaType}',
    remedy: 'Push the bundle again with imgpkg push -b.',
  },
  'lock-missing': {
    text: 'Expected to find .imgpkg/images.yml in bundle image {reference}',
    remedy: 'The bundle is incomplete. Push it again with imgpkg push -b.',
  },
  'lock-unreadable': { text: 'Cannot read the layer of the bundle {reference}: {reason}' },
  'yaml-invalid': { text: '{where} is not valid: {reason}' },
  'lock-file-unreadable': {
    text: 'Trying to read bundle or images lock file: Reading path {path}: open {path}: {reason}',
    remedy: 'Check the path and the permissions of the file.',
  },
  'lock-file-invalid': {
    text: 'Trying to read bundle or images lock file: {reason}',
    remedy: 'Use a BundleLock or an ImagesLock that imgpkg or kbld wrote.',
  },
  signature: { text: "Fetching signature for image '{image}': {reason}" },
  'sha512-root': {
    text: 'The image {reference} has a sha512 digest, for which imgpkg has no tag (it would be too long)',
    remedy: 'Use its sha256 digest or a tag.',
  },
  'attestation-missing': {
    text: 'The index {index} lists the attestation {digest} of the image {image}, but that manifest is missing',
    remedy:
      'Build and push the image again, or restore the manifest: registries that clean up untagged manifests may delete attestations. Images built with --provenance=false --sbom=false have none.',
  },
  'index-incomplete': {
    text: 'The index {index} lists the manifest {digest} (platform {platform}), but that manifest is missing',
    remedy: 'Push the image again with all its platforms, or restore the manifest from its origin.',
  },
  'image-missing': {
    text: 'Reading Images from Bundle: {chain}Checking image existence: {image} was found nowhere [tried: {tried}]',
    remedy: 'Restore the image in one of these repositories, or use a bundle that does not need it.',
  },
  'nesting-too-deep': { text: 'The bundle {reference} is nested more than {limit} levels deep' },
  'too-many-images': { text: 'The bundle {reference} refers to more than {limit} images' },
  'archive-unreadable': { text: 'open {path}: {reason}', remedy: 'Check the path and the permissions of the file.' },
  'archive-not-tar': {
    text: 'archive/tar: invalid tar header: {path} is not a tar ({reason})',
    remedy: 'Choose a file that was written by imgpkg copy --to-tar or by Carvel Airgap.',
  },
  'archive-compressed': {
    text: 'archive/tar: invalid tar header: {path} is compressed with {format}',
    remedy: 'Unpack it first, for example with {unpacker}.',
  },
  'archive-empty': {
    text: 'The file {path} is empty',
    remedy: 'Copy it again from its origin, or export it again.',
  },
  'archive-docker-save': {
    text: 'The tar {path} was written by docker save (or podman save), not by imgpkg',
    remedy: 'Load it (docker load -i {path}), push its images into a registry, and copy them from there with -i.',
  },
  'archive-oci-layout': {
    text: 'The tar {path} contains an OCI image layout, which imgpkg does not read',
    remedy: 'Import it with --oci {path}.',
  },
  'archive-in-folder': {
    text: 'file manifest.json not found in tar: {path} has it as {entry}',
    remedy: 'Pack it again without folder names: tar -cf NEW.tar manifest.json sha256-*.tar.gz',
  },
  'archive-no-manifest': {
    text: 'file manifest.json not found in tar: {path} is a tar, but was not written by imgpkg',
    remedy: 'Choose a file that was written by imgpkg copy --to-tar or by Carvel Airgap.',
  },
  'archive-truncated': {
    text: 'unexpected EOF: {path} is cut off in {entry}: {want} bytes were expected, the file ends after {got}',
    remedy: 'The file is incomplete. Copy it again, or export it again.',
  },
  'archive-entry': {
    text: "The tar {path} has an unexpected entry '{entry}': {reason}",
    remedy: 'Do not use this file. Obtain it again from its origin.',
  },
  'archive-duplicate': {
    text: 'The archive {path} contains the entry {entry} twice, with different content',
    remedy: 'Export it again, or obtain it again from its origin: it was modified with tar --append or similar.',
  },
  'archive-invalid': { text: 'manifest.json of {path} is not valid: {field}: {reason}' },
  'inventory-unreadable': {
    text: 'Cannot open {path}, the base of the delta: {reason}',
    remedy: 'Check the path and the permissions of the file.',
  },
  'inventory-invalid': {
    text: 'The inventory {path} is not valid: {field}: {reason}',
    remedy: 'Write it again with carvel-airgap inventory, and transfer it as a binary file.',
  },
  'receipt-invalid': {
    text: 'The receipt {path} is not valid: {field}: {reason}',
    remedy: 'Copy it again, as a binary file, from where the import wrote it.',
  },
  'export-unknown': {
    text: '{path} has no export manifest, so its place in the sequence of exports is unknown',
    remedy: 'Transfer {path}.export.json too, or import without --after.',
  },
  'export-replayed': {
    text: '{path} is export {number}, but export {last} of {time} has already been imported',
    remedy: 'Transfer the latest export. To import this one nevertheless, omit --after.',
  },
  'export-older': {
    text: '{path} is export {number}, older than export {last} of {time}, which {destination} already has',
    remedy: 'Transfer the latest export. To go back to this one nevertheless, write the receipt to another file.',
  },
  'export-not-next': {
    text: '{path} is export {number} since {base}, which does not follow export {last} of {time}',
    remedy: 'Import the exports between, in order, or export again with the last receipt as --since.',
  },
  'export-manifest-invalid': {
    text: 'The export manifest {path} is not valid: {field}: {reason}',
    remedy: 'Transfer it again together with its tar.',
  },
  'export-manifest-differs': {
    text: 'The export manifest {manifest} does not describe {path}: {reason}',
    remedy:
      'Transfer the tar and its export manifest again, both from the same export. If the manifest is left over from an older tar, delete it.',
  },
  'not-oci-layout': {
    text: '{path} is not an OCI image layout: it has no file oci-layout',
    remedy:
      'Choose a folder or tar that skopeo, oras, regctl, crane or --to-oci wrote. For the tar of imgpkg, use --tar.',
  },
  'oci-layout-invalid': {
    text: 'The OCI image layout {path} is not valid: {reason}',
    remedy: 'Copy it again from its origin.',
  },
  'oci-layout-occupied': {
    text: 'The folder {path} is not empty and not an OCI image layout',
    remedy: 'Choose a new folder, an empty one, or an OCI image layout, to which the images are added.',
  },
  'description-unknown': {
    text: '{path} is JSON, but not an inventory, a receipt or an export manifest',
    remedy: 'Choose a file that carvel-airgap wrote, or a tar.',
  },
  'too-many-volumes': {
    text: '{path} would have more than {limit} volumes of {size} bytes',
    remedy: 'Choose volumes of at least {least} bytes.',
  },
  'volume-index-missing': {
    text: '{path} is a volume of a set, but its list of checksums, {index}, is missing',
    remedy: 'Copy that list next to the volumes.',
  },
  'volume-index-invalid': {
    text: '{path}, the list of checksums of a set of volumes, is not valid: {reason}',
    remedy: 'Copy it again from its origin.',
  },
  'volumes-missing': {
    text: 'Of the volumes of {path} ({count}), these are missing: {missing}',
    remedy: 'Copy them next to the others.',
  },
  'volumes-damaged': {
    text: 'These files of the set {path} are damaged, or belong to another set: {damaged}',
    remedy: 'Copy them again from their origin. Nothing was imported.',
  },
  'platform-invalid': {
    text: "'{platform}' is not a platform",
    remedy: 'Write it as os/architecture or os/architecture/variant, such as linux/amd64.',
  },
  'archive-layer-missing': {
    text: 'file {entry} not found in tar {path} (hint: This may be because when copying to a tarball, the --include-non-distributable-layers flag should have been provided.)',
    remedy: 'Export the archive again, with --include-non-distributable-layers if it has such layers.',
  },
  'archive-changed': {
    text: 'The archive {path} no longer contains {digest}',
    remedy: 'The file has changed. Refresh the view and open it there.',
  },
  'archive-image-missing': {
    text: 'The archive {path} contains a bundle whose lock lists the image {image}, but not that image',
    remedy: 'The file is incomplete. Export it again.',
  },
  'archive-not-a-file': {
    text: 'Cannot write the archive to {path}: it is a device or a pipe, and layers are written in parallel',
    remedy: 'Write to a file, and send it on when it is complete.',
  },
  'archive-unwritable': {
    text: 'Cannot write the archive {path}: {reason}',
    remedy: 'Check the folder and its permissions.',
  },
  'archive-busy': {
    text: '{path} is being written by another process (PID {pid} on {host})',
    remedy: 'Wait for it to finish. If there is no such process, delete {lock}.',
  },
  'archive-left-over': {
    text: 'The file {partial} already exists and was not created by Carvel Airgap: another program may be writing {path}',
    remedy: 'Wait for that program to finish, or delete {partial} and start again.',
  },
  'disk-full': {
    text: 'Not enough space for {path}: {needed} bytes needed, {free} free',
    remedy: 'Free some space and start the same export again, or choose another disk. What is complete is kept.',
  },
  'disk-full-now': {
    text: 'The disk became full while writing {path}: {needed} more bytes are needed',
    remedy: 'Free some space and start the same export again. What is complete is kept in {partial}.',
  },
  'file-too-large': {
    text: 'The file system does not support a file as large as {path}',
    remedy: 'Choose another disk: FAT32, for example, is limited to 4 GiB per file.',
  },
  'not-utf8': {
    text: 'The manifest or config {digest} is not UTF-8 text, which the archive format requires',
    remedy: 'Copy this image from registry to registry instead.',
  },
  'config-too-large': { text: 'The config {digest} has {size} bytes, which exceeds the limit of an archive ({limit})' },
  'archive-several-roots': {
    text: 'The archive {path} marks more than one bundle as its root: {first} and {second}',
    remedy: 'Export it again.',
  },
});
