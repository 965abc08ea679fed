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
    remedy: 'Relocate the bundle to {repository} again, with the option to verify the destination.',
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
  outside: {
    text: 'Pulled from {registry}: {reference}',
    remedy: 'Relocate it and change the reference.',
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
