import { errorFamily } from '../base/errors.ts';
import type { AirgapError, ErrorArguments } from '../base/errors.ts';

/** What an audit finds wrong, in words. Not thrown: they explain a row or the whole. */
export const auditFinding = errorFamily('audit', {
  missing: {
    text: 'Missing where the cluster will look for it: {reference}',
    remedy: 'Relocate the bundle to {repository} again.',
  },
  incomplete: {
    text: 'There, but not whole ({reason}): {reference}',
    remedy: 'Relocate the bundle to {repository} again, with the repair option.',
  },
  'promised-but-missing': {
    text: 'Missing, although the locations image of its bundle promises it, so the cluster reconciles and only the installation fails: {reference}',
    remedy: 'Relocate the bundle to {repository} again.',
  },
  'not-rewritten': {
    text: 'Still pulled from {registry}, because no reference is rewritten ({bundle} has no locations image, and {missing} of its images are not beside it): {reference}',
    remedy: 'Relocate the bundle again.',
  },
  'not-in-lock': {
    text: 'Still pulled from {registry}, because {package} names it by a text that the ImagesLock of {bundle} does not have: {reference}',
    remedy: 'The repository bundle has to be made again with a lock that lists it (kbld --imgpkg-lock-output).',
  },
  'tag-not-in-lock': {
    text: 'Asked of {registry} by kbld in the cluster, over the network and without credentials, because {package} names a tag that the ImagesLock of {bundle} does not have: {reference}',
    remedy: 'The repository bundle has to be made again with a lock that lists it (kbld --imgpkg-lock-output).',
  },
  'no-kbld-step': {
    text: 'Still pulled from {registry}, because {package} has no kbld step that reads .imgpkg/images.yml: {reference}',
    remedy: 'The Package needs the step "kbld: {paths: [-, .imgpkg/images.yml]}" in its template.',
  },
  'plain-image': {
    text: 'Still pulled from {registry}, because {package} fetches it with fetch.image, which is never rewritten: {reference}',
    remedy: 'The Package has to fetch a bundle (fetch.imgpkgBundle) instead.',
  },
  'other-source': {
    text: '{package} fetches with {kind}, which no relocation brings inside: {reference}',
    remedy: 'The Package has to fetch a bundle (fetch.imgpkgBundle) instead.',
  },
  'live-outside': {
    text: 'Still pulled from {registry} by {package}, as the cluster has it now: {reference}',
    remedy:
      'Relocate the bundle again and let the repository reconcile. Where everything was there before, the cluster may hold a stale copy: delete the PackageRepository and create it again.',
  },
  outside: {
    text: 'Pulled from {registry}: {reference}',
    remedy: 'Relocate it, and have the reference changed.',
  },
  'reference-unreadable': {
    text: '{package} has a fetch step whose source can not be read from the bundle: {reason}',
    remedy: 'Apply the repository and audit it in the cluster, where the templates are rendered.',
  },
  unreadable: {
    text: 'It could not be looked at ({reason}): {reference}',
    remedy: 'Check the registry and the credentials, and audit again.',
  },
  'not-a-bundle': {
    text: 'No imgpkg bundle, so nothing of what it names is rewritten: {reference}',
    remedy: 'Use the reference of the bundle (pushed with imgpkg push -b).',
  },
  'bundle-broken': {
    text: 'The content of a bundle can not be read ({reason}): {reference}',
    remedy: 'Relocate the bundle to {repository} again, or have it pushed again.',
  },
  'lock-without-id': {
    text: 'kbld refuses the ImagesLock of {bundle}, and the repository does not reconcile, because an entry has no annotation kbld.carvel.dev/id: {reference}',
    remedy: 'The bundle has to be made again with a lock that kbld wrote (kbld --imgpkg-lock-output).',
  },
  'template-not-rendered': {
    text: '{path} of {bundle} is a template of ytt, which kapp-controller renders and this audit does not: it was read as it is written, and may make other Packages',
    remedy: 'Apply the repository and audit it in the cluster, where the templates are rendered.',
  },
  'file-broken': {
    text: 'A file of {bundle} can not be read ({reason}): {path}',
    remedy: 'The bundle has to be made again; or apply the repository and audit it in the cluster.',
  },
});

export type FindingCode = Parameters<typeof auditFinding>[0];

/** Plain data, so that it can stand in a report; `explain` makes words of it. */
export interface AuditFinding {
  readonly code: FindingCode;
  readonly args: ErrorArguments;
}

export function explain({ code, args }: AuditFinding): AirgapError {
  return auditFinding.of(code, args);
}
