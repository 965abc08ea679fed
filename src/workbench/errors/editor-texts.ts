import type { ErrorTemplate } from '../../base/errors.ts';

/**
 * The editor's own wording of errors, by code, where the core's text is imgpkg's, repeats what a library said, or names
 * flags of the command line. The log has the core's text.
 */
export const EDITOR_TEXTS: Readonly<Record<string, Partial<ErrorTemplate>>> = {
  'trust.refused': {
    remedy:
      'Nothing was written. Ask whoever publishes the images for valid signatures, or change the policy in the settings.',
  },
  'sync.prune-unreadable': { remedy: 'Verify it there, or delete its tags if nobody needs it.' },
  'sync.prune-list-invalid': { remedy: 'Make a new list, and review it.' },
  'sync.prune-list-outdated': { remedy: 'Make a new list, and review it.' },
  'job.failed': {
    remedy:
      'What is complete is kept: Resume continues. kubectl logs -n {namespace} -l batch.kubernetes.io/job-name={name} shows more.',
  },
  'job.deleted': { remedy: 'What is complete is kept: Resume continues.' },
  'job.suspended': { remedy: 'What is complete is kept: Resume continues.' },
  'oci.reference-protocol': { text: 'The reference {reference} must not start with {protocol}' },
  'oci.reference-invalid': { text: '{reference} is not a valid reference: {reason}' },
  'oci.repository-invalid': { text: '{repository} is not a valid repository: {reason}' },
  'oci.digest-mismatch': { text: 'The content of {where} does not match its digest' },
  'oci.location-unreachable': { text: '{registry} redirected to {host}, which cannot be reached' },
  'oci.unreachable': { text: 'Could not reach the registry {host}' },
  'oci.connection-lost': { text: 'The connection to {host} was lost' },
  'oci.timeout': { text: '{host} did not answer in time' },
  'oci.range-invalid': { text: '{host} did not send the requested part of a blob' },
  'oci.connect-timeout': { text: 'Timed out connecting to {host}' },
  'oci.certificate-unknown': {
    text: 'The certificate of {host} is signed by an unknown authority',
    remedy:
      "Trust the certificate after comparing its fingerprint, or add the CA's file to this registry in the settings.",
  },
  'oci.certificate-name': { text: 'The certificate of {host} is not valid for this host' },
  'oci.client-certificate': {
    text: '{host} requires a client certificate, or rejected the one it received',
    remedy: 'Set the client certificate and its key for this registry in the settings.',
  },
  'trust.key-password': { remedy: 'Start again, and enter the password again.' },
  'trust.key-password-missing': { remedy: 'Start again, and enter the password.' },
  'oci.proxy-unreachable': { text: 'Could not reach the proxy {proxy} for {host}' },
  'oci.proxy-credentials-missing': { text: 'The proxy {proxy} requires a user name and password' },
  'oci.proxy-unauthorized': { text: 'The proxy {proxy} rejected the user name or password' },
  'oci.not-https': { remedy: 'If that is intended, allow plain HTTP for it.' },
  'oci.not-a-registry': { text: '{host} does not respond like a registry: {status}' },
  'oci.credentials-missing': {
    text: '{host} requires credentials for {repository}',
    remedy: 'Add credentials for {registry}. The request was sent without any.',
  },
  'oci.unauthorized': {
    text: '{host} rejected the user name or password for {repository}',
    remedy: 'Check the user name and password. Credentials used: {credential}.',
  },
  'oci.forbidden': { text: '{host} denied access to {repository}: {reason}' },
  'oci.token-realm-untrusted': {
    remedy: 'If that host belongs to the registry, trust it as a token server.',
  },
  'oci.not-found': { text: 'Not found in the repository {repository} of {host}: {object}' },
  'oci.page-invalid': { text: '{host} did not say how its list continues' },
  'oci.rate-limited': {
    text: '{host} is limiting requests',
    remedy: 'Wait and try again, or lower the concurrency in the settings. What is complete is not sent again.',
  },
  'oci.redirect-refused': { text: '{host} redirected to {target}, which was not followed' },
  'oci.address-refused': {
    remedy:
      'A registry may redirect to its own network and to public addresses. If {host} belongs to it, add {host} as a registry.',
  },
  'oci.response-invalid': { text: '{host} sent an invalid response' },

  'carvel.not-a-bundle': { text: '{reference} is not a bundle' },
  'carvel.bundle-layers': { text: 'The bundle {reference} has {count} layers instead of one' },
  'carvel.bundle-layer-type': { text: 'The layer of the bundle {reference} is not a tar, but {mediaType}' },
  'carvel.lock-missing': { text: 'The bundle {reference} contains no .imgpkg/images.yml' },
  'carvel.lock-file-unreadable': { text: 'Cannot read the lock file {path}: {reason}' },
  'carvel.lock-file-invalid': { text: 'The lock file is not valid: {reason}' },
  'carvel.signature': { text: 'Cannot read the signature of {image}' },
  'carvel.image-missing': { text: 'The image {image} of the bundle was found nowhere' },
  'carvel.archive-unreadable': { text: 'Cannot open {path}: {reason}' },
  'carvel.archive-not-tar': {
    text: '{path} is not a tar',
    remedy: 'Choose a file that was written by Export to Tarball or by imgpkg copy --to-tar.',
  },
  'carvel.archive-compressed': { text: '{path} is compressed with {format}, which a tar of imgpkg is not' },
  'carvel.archive-docker-save': {
    remedy: 'Load it (docker load -i {path}), push its images into a registry, and relocate them from there.',
  },
  'carvel.archive-oci-layout': {
    remedy:
      'Push its image into a registry (for example skopeo copy oci-archive:{path} docker://REGISTRY/NAME), and relocate it from there.',
  },
  'carvel.archive-in-folder': { text: 'The content of {path} is in a folder: its manifest.json is {entry}' },
  'carvel.archive-no-manifest': {
    text: '{path} is a tar, but was not written by imgpkg: it has no manifest.json',
    remedy: 'Choose a file that was written by Export to Tarball or by imgpkg copy --to-tar.',
  },
  'carvel.archive-truncated': { text: '{path} is cut off in {entry}: it ends after {got} of {want} bytes' },
  'carvel.archive-layer-missing': {
    text: '{path} does not contain the layer {entry}',
    remedy: 'Export it again, with non-distributable layers if it has such layers.',
  },

  'carvel.export-unknown': { remedy: 'Transfer {path}.export.json too.' },
  'carvel.export-replayed': { remedy: 'Transfer the latest export.' },
  'carvel.export-not-next': {
    remedy: 'Import the exports between, in order, or export again what the other side lacks since its last receipt.',
  },
  'carvel.not-oci-layout': { remedy: 'Choose a folder or tar that skopeo, oras, regctl or crane wrote.' },

  'relocation.base-incomplete': {
    remedy:
      'It is a delta since {base}. First import that into {destination} (and the deltas between, in order), or export again, omitting what an inventory of {destination} lists, or nothing.',
  },
  'relocation.base-unknown': {
    remedy:
      'It is a delta, or damaged. Transfer the export manifest ({path}.export.json) too, which names the base of a delta, or export again without omitting anything.',
  },
  'relocation.base-unrelated': {
    remedy:
      'It may be of another repository. Choose a receipt or an inventory of the place where {source} is to be imported, or export without omitting anything.',
  },
  'relocation.base-lost': {
    remedy:
      'It was deleted during the import, or could not be mounted. Import {base} again, with the option Verify the destination, and then this tar.',
  },
  'relocation.root-missing': { text: 'Not found in the repository {repository} of {host}: {object}' },
  'relocation.tar-to-tar': { text: 'A tarball cannot be copied to a tarball' },
  'relocation.image-is-bundle': {
    text: '{reference} is a bundle, not a plain image',
    remedy: 'Relocate it as a bundle.',
  },
  'relocation.bundle-in-images-lock': {
    text: 'The ImagesLock lists a bundle, which can only be relocated as part of another bundle: {reference}',
  },
  'relocation.no-root': { remedy: 'Relocate without a different tag.' },

  'packaging.package-not-offered': { remedy: 'Choose one of its Packages.' },
  'packaging.version-not-offered': { remedy: 'Choose one of its versions.' },

  'audit.nothing-inside': { remedy: 'Give the registries inside the air gap this role, and audit again.' },

  'reconcile.certificate-invalid': { text: 'The certificate of {host} is not valid for the cluster' },

  'cluster.unreachable': { text: 'Could not reach the API server {host}' },
  'cluster.proxy-failed': { text: 'Could not reach the API server {host} through the proxy {proxy}' },
  'cluster.connection-lost': { text: 'The connection to the API server {host} was lost' },
  'cluster.certificate-unknown': { text: 'The certificate of the API server {host} is signed by an unknown authority' },
  'cluster.certificate-invalid': { text: 'The certificate of the API server {host} is not valid for it' },
  'cluster.client-certificate-refused': { text: 'The API server {host} rejected the client certificate' },
  'cluster.response-invalid': { text: 'The API server {host} sent an invalid response' },
  'audit.ytt-not-run': { remedy: 'Install ytt, trust the workspace, and audit again.' },
  'audit.template-names': { remedy: 'Install ytt, trust the workspace, and audit again.' },
  'audit.template-not-rendered': {
    remedy: 'Install ytt, trust the workspace, and audit again, or apply the repository and audit it in the cluster.',
  },
};

/** The wording of an error in the editor: without the failed request, which only the log names. */
export function editorTemplate(code: string, template: ErrorTemplate): ErrorTemplate {
  const own = Object.hasOwn(EDITOR_TEXTS, code) ? EDITOR_TEXTS[code] : undefined;
  const { text, remedy } = { ...template, ...own };
  return { text: text.replace(' ({step})', ''), ...(remedy === undefined ? {} : { remedy }) };
}
