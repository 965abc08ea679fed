import { errorFamily } from '../base/errors.ts';
import type { AirgapError, ErrorArguments } from '../base/errors.ts';

/** What an audit finds wrong, in words. Not thrown: they explain a row or the whole. */
const auditFinding = errorFamily('audit', {
  missing: {
    text: '{reference} is not there',
    remedy: 'Relocate the bundle to {repository} again.',
  },
  incomplete: {
    text: '{reference} is there, but not whole: {reason}',
    remedy: 'Relocate the bundle to {repository} again, with the repair option.',
  },
  'promised-but-missing': {
    text: '{reference} is not there, although the locations image of {bundle} says so: the cluster believes that one and reconciles, and the installation fails',
    remedy: 'Relocate the bundle to {repository} again.',
  },
  'not-rewritten': {
    text: 'The cluster will pull {reference} from {registry}: {bundle} has no locations image and {missing} of its images are not beside it, so none of its references is rewritten',
    remedy: 'Relocate the bundle to {repository} again.',
  },
  'not-in-lock': {
    text: '{package} names {reference}, which is not in the ImagesLock of {bundle} under this text: the cluster will pull it from {registry}',
    remedy: 'The repository bundle has to be made again with a lock that lists it (kbld --imgpkg-lock-output).',
  },
  'tag-not-in-lock': {
    text: '{package} names {reference} by tag, and the ImagesLock of {bundle} does not list it: kbld in the cluster asks {registry} for it, over the network and without credentials',
    remedy: 'The repository bundle has to be made again with a lock that lists it (kbld --imgpkg-lock-output).',
  },
  'no-kbld-step': {
    text: '{package} has no kbld step that reads .imgpkg/images.yml, so its images are not rewritten: the cluster will pull {reference} from {registry}',
    remedy: 'The Package needs the step "kbld: {paths: [-, .imgpkg/images.yml]}" in its template.',
  },
  'plain-image': {
    text: '{package} fetches {reference} with fetch.image, which is never rewritten: the cluster will pull it from {registry}',
    remedy: 'The Package has to fetch a bundle (fetch.imgpkgBundle) instead.',
  },
  'other-source': {
    text: '{package} fetches from {reference} ({kind}), which no relocation brings inside',
    remedy: 'The Package has to fetch a bundle (fetch.imgpkgBundle) instead.',
  },
  'live-outside': {
    text: '{package} in the cluster points at {registry}: {reference} will be pulled from there',
    remedy:
      'Relocate the bundle again and let the repository reconcile. Where everything was there before, the cluster may hold a stale copy: delete and create the PackageRepository again.',
  },
  outside: {
    text: 'The cluster will pull {reference} from {registry}',
    remedy: 'Relocate it, and have the reference changed.',
  },
  'reference-unreadable': {
    text: '{package} has a fetch step whose source can not be read from the bundle: {reason}',
    remedy: 'Apply the repository and audit it in the cluster, where the templates are rendered.',
  },
  unreadable: {
    text: '{reference} could not be looked at: {reason}',
    remedy: 'Check the registry and the credentials, and audit again.',
  },
  'not-a-bundle': {
    text: '{reference} is not an imgpkg bundle, so nothing of what it names is rewritten',
    remedy: 'Use the reference of the bundle (pushed with imgpkg push -b).',
  },
  'bundle-broken': {
    text: 'The content of {reference} can not be read: {reason}',
    remedy: 'Relocate the bundle to {repository} again, or have it pushed again.',
  },
  'lock-without-id': {
    text: 'An entry in the ImagesLock of {bundle} has no annotation kbld.carvel.dev/id ({reference}): kbld refuses the lock, and the repository does not reconcile',
    remedy: 'The bundle has to be made again with a lock that kbld wrote (kbld --imgpkg-lock-output).',
  },
  'file-broken': {
    text: '{path} in {bundle} can not be read: {reason}',
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
  return auditFinding(code, args);
}
