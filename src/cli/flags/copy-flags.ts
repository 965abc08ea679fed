import type { FlagGroup } from './flag.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';
import { REGISTRY_FLAGS } from './registry-flags.ts';
import { SIDE_FLAGS } from './side-flags.ts';

/** All flags of copy, grouped as the help shows them. */
export const COPY_FLAGS: readonly FlagGroup[] = [
  {
    title: 'Source (one of them)',
    flags: [
      {
        name: 'bundle',
        short: 'b',
        kind: 'text',
        value: 'REF',
        help: 'Bundle to copy, with everything its lock names, nested bundles too',
      },
      { name: 'image', short: 'i', kind: 'text', value: 'REF', help: 'Image, index or other artifact to copy' },
      { name: 'lock', kind: 'text', value: 'FILE', help: 'BundleLock or ImagesLock that names what to copy' },
      { name: 'tar', kind: 'text', value: 'FILE', help: 'Tar to copy from, as copy --to-tar or imgpkg wrote it' },
    ],
  },
  {
    title: 'Destination (one of them)',
    flags: [
      { name: 'to-repo', kind: 'text', value: 'REPO', help: 'Repository to copy to (registry/path, without tag)' },
      { name: 'to-tar', kind: 'text', value: 'FILE', help: 'Tar to write, which imgpkg can read too' },
    ],
  },
  {
    title: 'What is copied',
    flags: [
      {
        name: 'cosign-signatures',
        kind: 'boolean',
        help: 'Copy cosign signatures with what they sign: tags sha256-….sig, and sigstore bundles',
      },
      { name: 'referrers', kind: 'boolean', help: 'Copy cosign’s tags and all OCI 1.1 referrers' },
      {
        name: 'include-non-distributable-layers',
        kind: 'boolean',
        help: 'Copy layers too that registries are not expected to hold (Windows base layers)',
      },
      {
        name: 'ignore-bundle-check',
        kind: 'boolean',
        help: 'With -i: copy a bundle alone, without the images of its lock',
      },
    ],
  },
  {
    title: 'How',
    flags: [
      { name: 'plan', kind: 'boolean', help: 'Only show what would be done; nothing is written anywhere' },
      { name: 'lock-output', kind: 'text', value: 'FILE', help: 'Write the lock of what is now at --to-repo' },
      { name: 'to-tag', kind: 'text', value: 'TAG', help: 'Tag at the destination in place of the source’s' },
      {
        name: 'repo-based-tags',
        kind: 'boolean',
        help: 'Internal tags carry the name of the repository that an image came from',
      },
      {
        name: 'repair',
        kind: 'boolean',
        help: 'Ask for each manifest and blob at the destination instead of believing its tags',
      },
      { name: 'keep-going', kind: 'boolean', help: 'Copy what can be copied; bundles that lack an image get no tags' },
      { name: 'report', kind: 'text', value: 'FILE', help: 'Write what was done as JSON, with each image that failed' },
      {
        name: 'retry-failed',
        kind: 'text',
        value: 'REPORT',
        help: 'Copy what failed according to this report, and nothing else; in place of source and destination',
      },
      {
        name: 'resume',
        kind: 'boolean',
        help: 'Use sound layers of a tar that is there already, too; an interrupted copy goes on anyway, =false begins it anew',
      },
      {
        name: 'concurrency',
        kind: 'number',
        least: 1,
        value: 'N',
        help: 'Blobs copied at once, each over its own connection; 1 is one request at a time (default: 6 large and 32 small ones)',
      },
      {
        name: 'bandwidth-limit',
        kind: 'size',
        value: 'SIZE',
        help: 'Bytes a second that blobs may take, such as 20MiB or 500kB (default: no limit)',
      },
    ],
  },
  REGISTRY_FLAGS,
  SIDE_FLAGS,
  GLOBAL_FLAGS,
];
