import { errorFamily } from '../base/errors.ts';
import type { AirgapError, ErrorArguments } from '../base/errors.ts';

/** Findings of an audit; they explain a row or the whole report rather than being thrown. */
export const auditFinding = errorFamily('audit', {
  missing: {
    text: 'Missing where the cluster looks for it: {reference}',
    remedy: 'Relocate the bundle to {repository} again.',
  },
  incomplete: {
    text: 'Present but incomplete ({reason}): {reference}',
    remedy: 'Relocate the bundle to {repository} again, with the option Verify the destination.',
  },
  'other-platforms': {
    text: 'Incomplete for {platforms}, which no node of the cluster has: {reference}',
    remedy:
      'Nothing for these nodes. Relocate the bundle to {repository} again before you add nodes of such a platform.',
  },
  'not-admitted': {
    text: 'Present, but the policy does not admit it ({reason}): {reference}',
    remedy:
      'Relocate the bundle to {repository} again, together with its signatures. If it has none, ask whoever publishes it to sign it.',
  },
  'promised-but-missing': {
    text: 'Missing, although the locations image of its bundle lists it. The repository reconciles, but the installation will fail: {reference}',
    remedy: 'Relocate the bundle to {repository} again.',
  },
  'not-rewritten': {
    text: 'Still pulled from {registry}, because no reference is rewritten ({bundle} has no locations image, and {missing} of its images are not in its repository): {reference}',
    remedy: 'Relocate the bundle again.',
  },
  'not-in-lock': {
    text: 'Still pulled from {registry}, because {package} references it by a string that the ImagesLock of {bundle} does not contain: {reference}',
    remedy: 'Rebuild the repository bundle with a lock that lists it (kbld --imgpkg-lock-output).',
  },
  'tag-not-in-lock': {
    text: 'Resolved by kbld in the cluster at {registry}, without credentials, because {package} references a tag that the ImagesLock of {bundle} does not contain: {reference}',
    remedy: 'Rebuild the repository bundle with a lock that lists it (kbld --imgpkg-lock-output).',
  },
  'no-kbld-step': {
    text: 'Still pulled from {registry}, because {package} has no kbld step that reads the .imgpkg/images.yml of its bundle: {reference}',
    remedy: 'The Package needs the step "kbld: {paths: [-, .imgpkg/images.yml]}" in its template.',
  },
  'plain-image': {
    text: 'Still pulled from {registry}, because {package} fetches it with fetch.image, which is never rewritten: {reference}',
    remedy: 'Change the Package to fetch a bundle (fetch.imgpkgBundle).',
  },
  'other-source': {
    text: '{package} fetches with {kind}, which a relocation does not copy: {reference}',
    remedy: 'Change the Package to fetch a bundle (fetch.imgpkgBundle).',
  },
  unlisted: {
    text: 'Still pulled from {registry}: {place} of {package} references it, but no ImagesLock that kbld reads there lists it: {reference}',
    remedy: 'Rebuild the bundle with a lock that lists it (kbld --imgpkg-lock-output).',
  },
  'unlisted-tag': {
    text: 'Resolved by kbld in the cluster at {registry}, without credentials, because {place} of {package} references a tag that no ImagesLock lists: {reference}',
    remedy: 'Rebuild the bundle with a lock that lists it (kbld --imgpkg-lock-output).',
  },
  elsewhere: {
    text: 'Still pulled from {registry}: it is in {place} of {package}, which kbld does not process: {reference}',
    remedy:
      'Give the Package a kbld configuration with searchRules for this place, and list the image in the ImagesLock of its bundle.',
  },
  'template-fails': {
    text: '{tool} fails in the cluster, so {package} cannot be installed: {reason}',
    remedy: 'Correct the configuration, and push the bundle again.',
  },
  'tag-selection': {
    text: '{package} selects a tag of {repository} (tagSelection), which kapp-controller cannot fetch: kbld replaces the name with a digest, and a digest followed by a tag is not a reference',
    remedy:
      'Reference the bundle by digest, without tagSelection, and list it in the ImagesLock of the repository bundle.',
  },
  'tag-selection-outside': {
    text: '{package} selects a tag of {repository} (tagSelection), which is in another registry and is never rewritten',
    remedy: 'Fetch a bundle (fetch.imgpkgBundle) by its digest instead.',
  },
  'tag-selection-empty': {
    text: 'The tagSelection of {package} finds no tag: {reason}',
    remedy: 'Relocate a version that fits, or change the constraint.',
  },
  'ytt-not-run': {
    text: 'The configuration of {package} contains ytt templates ({count}, such as {path}) that were not rendered, so images that occur only in their output were not found',
    remedy: 'Run carvel-airgap audit --render, which uses the installed ytt.',
  },
  'tool-not-run': {
    text: 'The configuration of {package} is produced by {tool}, which was not run, so images that occur only in its output were not found',
  },
  'usual-steps-fail': {
    text: '{package} is not fetched by any Package, and applying it in the usual way (ytt, then kbld) fails at {tool}: {reason}',
    remedy: 'If you apply it this way, correct its configuration and push it again.',
  },
  'render-failed': {
    text: 'ytt cannot render {package} without values: {reason}',
    remedy: 'Render it with your values (ytt, then kbld), and check what kbld reports.',
  },
  'hidden-input': {
    text: '{package} uses files or values from the cluster (a Secret or a ConfigMap), so images in them were not found',
  },
  'files-unread': {
    text: 'Could not read files of {package} ({count}, such as {path}: {reason}), so images in them were not found',
  },
  'content-not-read': {
    text: '{package} fetches the plain image {reference}, whose files were not read',
  },
  'template-names': {
    text: '{place} of {package} contains {reference}, which no ImagesLock lists. Whether the cluster pulls it depends on the rendered template',
    remedy: 'Run carvel-airgap audit --render, which uses the installed ytt.',
  },
  'live-outside': {
    text: 'Still pulled from {registry} by {package}, as currently deployed: {reference}',
    remedy:
      'Relocate the bundle again and let the repository reconcile. If nothing changes, the cluster may have a stale copy: delete the PackageRepository and create it again.',
  },
  'bundle-outside': {
    text: 'The bundle itself is at {registry}, which does not count as inside: {reference}',
    remedy: 'Relocate it, and audit the copy. If {registry} is inside the air gap, mark it as inside, and audit again.',
  },
  'bundle-not-read': {
    text: 'The images of {reference} are not listed, because nothing outside is read',
  },
  outside: {
    text: 'Pulled from {registry}: {reference}',
    remedy: 'Relocate it and change the reference.',
  },
  'named-outside': {
    text: 'Named by {user}, so it would be pulled from {registry}: {reference}',
    remedy:
      'Relocate it and change the value. If it comes from a Package, give the Package a kbld configuration with searchRules for this place.',
  },
  'resolved-outside': {
    text: 'Its tag is resolved by kbld at {registry} whenever {user} is reconciled, because no ImagesLock lists it: {reference}',
    remedy: 'Rebuild the bundle with a lock that lists it (kbld --imgpkg-lock-output), and relocate it again.',
  },
  'fetches-outside': {
    text: '{user} fetches from {url} ({kind}), which is not inside',
    remedy:
      'Push what it fetches as a bundle (imgpkg push -b), relocate it and change the source. If the server is inside, add its host to what counts as inside.',
  },
  'image-invalid': {
    text: 'Used by {user}, but not an image reference: {reference}',
    remedy: 'Correct the reference.',
  },
  'pull-secret-none': {
    text: '{registry} requires credentials, but {user} names no pull secret: {reference}',
    remedy:
      'Create a pull secret in the namespace {namespace}, or export one to it (SecretExport), and name it in imagePullSecrets or in the ServiceAccount.',
  },
  'pull-secret-missing': {
    text: '{registry} requires credentials, but the pull secret {secret} of {user} does not exist in the namespace {namespace}: {reference}',
    remedy: 'Create it there, or export one to this namespace (SecretExport).',
  },
  'pull-secret-elsewhere': {
    text: '{registry} requires credentials, but the pull secret {secret} of {user} has none for it: {reference}',
    remedy:
      'Add credentials for {registry} to it. A Secret that secretgen-controller fills needs a SecretExport with them.',
  },
  'no-credentials-there': {
    text: '{registry} requires credentials, and the namespace {namespace} has no pull secret for it, nor is one exported to it: {reference}',
    remedy: 'Create a pull secret there, or export one to this namespace (SecretExport).',
  },
  'never-pulled': {
    text: 'The pull policy of {user} is Never, so it must already be on every node: {reference}',
    remedy: 'Check the nodes (crictl images), or change the pull policy.',
  },
  'not-permitted': {
    text: 'You may not list {what}, so images that only they name were not found: {reason}',
    remedy: 'Ask a cluster administrator for permission to list them, and audit again.',
  },
  'not-listed': {
    text: 'Could not list {what}, so images that only they name were not found: {reason}',
    remedy: 'Check the API server, and audit again.',
  },
  'list-cut': {
    text: 'There are more than {limit} {what}, of which only these were searched',
    remedy: 'Audit single namespaces.',
  },
  'release-unreadable': {
    text: 'Cannot read the Helm release in {what}: {reason}',
    remedy: 'Check what it deploys with helm get manifest.',
  },
  'text-too-long': { text: '{place} is too long to be searched for images' },
  'other-cluster': {
    text: '{user} deploys to another cluster, which was not audited',
    remedy: 'Audit that cluster as well.',
  },
  'not-deployed': {
    text: '{user} has not been deployed yet, so what it will run is unknown',
    remedy: 'Audit its Package or bundle, or wait until it has reconciled and audit again.',
  },
  'selection-unknown': {
    text: '{user} selects a tag of {repository} (tagSelection) and has not fetched it yet, so the tag is unknown',
    remedy: 'Wait until it has reconciled, and audit again.',
  },
  'nothing-inside': {
    text: 'No registry counts as inside, so every image is reported as outside',
    remedy: 'Name the registries inside the air gap (--inside), and audit again.',
  },
  'reference-unreadable': {
    text: 'Cannot read the source of a fetch step of {package} from the bundle: {reason}',
    remedy: 'Apply the repository and audit it in the cluster, where the templates are rendered.',
  },
  unreadable: {
    text: 'Could not check ({reason}): {reference}',
    remedy: 'Check the registry and the credentials, and audit again.',
  },
  'not-a-bundle': {
    text: 'Not an imgpkg bundle, so its references are not rewritten: {reference}',
    remedy: 'Use the reference of the bundle (pushed with imgpkg push -b).',
  },
  'bundle-broken': {
    text: 'Cannot read the content of a bundle ({reason}): {reference}',
    remedy: 'Relocate the bundle to {repository} again, or push it again.',
  },
  'lock-without-id': {
    text: 'kbld refuses the ImagesLock of {bundle}, and the repository does not reconcile, because an entry has no annotation kbld.carvel.dev/id: {reference}',
    remedy: 'Rebuild the bundle with a lock that kbld wrote (kbld --imgpkg-lock-output).',
  },
  'template-not-rendered': {
    text: '{path} of {bundle} is a ytt template, which kapp-controller renders and this audit does not. It was read unrendered and may produce other Packages',
    remedy: 'Run carvel-airgap audit --render, or apply the repository and audit it in the cluster.',
  },
  'file-broken': {
    text: 'Cannot read a file of {bundle} ({reason}): {path}',
    remedy: 'Rebuild the bundle, or apply the repository and audit it in the cluster.',
  },
});

export type FindingCode = Parameters<typeof auditFinding>[0];

/** Plain data for a report; `explain` turns it into text. */
export interface AuditFinding {
  readonly code: FindingCode;
  readonly args: ErrorArguments;
}

export function explain({ code, args }: AuditFinding): AirgapError {
  return auditFinding.of(code, args);
}
