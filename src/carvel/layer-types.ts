/** Layer types whose uncompressed digest is in the config's rootfs (go-containerregistry's `MediaType.IsLayer`). */
const FILE_SYSTEM_LAYERS = new Set([
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
]);

export function isFileSystemLayer(mediaType: string): boolean {
  return FILE_SYSTEM_LAYERS.has(mediaType);
}
