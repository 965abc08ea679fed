import type { Flag, FlagGroup } from './flag.ts';
import { GLOBAL_FLAGS } from './flag.ts';
import { IN_CLUSTER_FLAGS } from '../in-cluster/in-cluster-flags.ts';
import { requireSignatureFlag, signFlag } from './signature-flags.ts';
import { REGISTRY_FLAGS } from './registry-flags.ts';

/** Credentials for one side of a copy, which take precedence over all others. */
export const SIDE_FLAGS: FlagGroup = {
  title: 'Credentials for the source or the destination only',
  flags: [...flagsOf('from', 'the source', 'FROM'), ...flagsOf('to', 'the destination', 'TO')],
};

function flagsOf(prefix: string, side: string, variable: string): Flag[] {
  const text = (name: string, value: string, what: string): Flag => ({
    name: `${prefix}-registry-${name}`,
    kind: 'text',
    value,
    help: `${what} for the registries of ${side} ($CARVEL_AIRGAP_${variable}_${name.toUpperCase()})`,
  });
  return [
    text('username', 'NAME', 'User name'),
    text('password', 'TEXT', 'Password'),
    text('token', 'TEXT', 'Bearer token'),
    {
      name: `${prefix}-registry-anon`,
      kind: 'boolean',
      help: `Use no credentials for the registries of ${side} ($CARVEL_AIRGAP_${variable}_ANON)`,
    },
  ];
}

export const BEFORE_TAG_FLAG: Flag = {
  name: 'before-tag',
  kind: 'text',
  value: 'COMMAND',
  help: 'Run this in the shell for each new image, with an OCI image layout of it at $CARVEL_AIRGAP_LAYOUT; nothing is written unless it exits with 0 for all',
};

export const TRANSFER_FLAGS: readonly Flag[] = [
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
    help: 'Limit in bytes per second, such as 20MiB or 500kB (default: no limit)',
  },
];

/** All flags of copy, grouped as in the help. */
export const COPY_FLAGS: readonly FlagGroup[] = [
  {
    title: 'Source (one of them)',
    flags: [
      {
        name: 'bundle',
        short: 'b',
        kind: 'text',
        value: 'REF',
        help: 'Bundle to copy, with all images in its lock, including nested bundles',
      },
      { name: 'image', short: 'i', kind: 'text', value: 'REF', help: 'Image, index or other artifact to copy' },
      { name: 'lock', kind: 'text', value: 'FILE', help: 'BundleLock or ImagesLock that lists what to copy' },
      { name: 'tar', kind: 'text', value: 'FILE', help: 'Tar to copy from, written by carvel-airgap or imgpkg' },
      { name: 'oci', kind: 'text', value: 'PATH', help: 'OCI image layout to copy from: a folder, or a tar of one' },
    ],
  },
  {
    title: 'Destination (one of them)',
    flags: [
      { name: 'to-repo', kind: 'text', value: 'REPO', help: 'Repository to copy to (registry/path, without tag)' },
      { name: 'to-tar', kind: 'text', value: 'FILE', help: 'Tar to write; imgpkg can read it' },
      {
        name: 'to-oci',
        kind: 'text',
        value: 'PATH',
        help: 'OCI image layout to write, for skopeo, oras, regctl, crane and others: a folder, or a tar if it ends with .tar',
      },
    ],
  },
  {
    title: 'What is copied',
    flags: [
      {
        name: 'package',
        kind: 'list',
        value: 'NAME[@CONSTRAINT]',
        help: 'From a PackageRepository bundle, copy only these Packages, such as web.example.com@>=1.2.0, as a new bundle; can be repeated. describe --packages lists them',
      },
      {
        name: 'platform',
        kind: 'list',
        value: 'OS/ARCH[/VARIANT]',
        help: 'Between registries: leave out the manifests of other platforms in indexes, if the destination accepts that; can be repeated',
      },
      {
        name: 'cosign-signatures',
        kind: 'boolean',
        help: 'Copy cosign signatures along with the images: tags sha256-….sig, and sigstore bundles',
      },
      {
        name: 'referrers',
        kind: 'boolean',
        help: 'Also copy attestations, SBOMs and all other OCI 1.1 referrers; =false does not count what stays behind',
      },
      {
        name: 'include-non-distributable-layers',
        kind: 'boolean',
        help: 'Also copy non-distributable layers, such as those of Windows base images',
      },
      {
        name: 'since',
        kind: 'text',
        value: 'BASE',
        help: 'With --to-tar: omit the layers that the other side has, according to a receipt, an inventory, a tar imported there, or a repository',
      },
      {
        name: 'volume-size',
        kind: 'size',
        value: 'SIZE',
        help: 'With --to-tar: split the tar into numbered files smaller than this, such as 4GiB for FAT32, with a list of checksums for sha256sum',
      },
      {
        name: 'ignore-bundle-check',
        kind: 'boolean',
        help: 'With -i: copy only the bundle image, without the images in its lock',
      },
    ],
  },
  {
    title: 'Which signatures are required',
    flags: [
      {
        name: 'policy',
        kind: 'text',
        value: 'FILE',
        help: 'Copy only if every image has the signatures that this policy.json requires; nothing is written otherwise',
      },
      {
        name: 'policy-mode',
        kind: 'text',
        value: 'MODE',
        help: 'With --policy: enforce (default), or warn to copy nevertheless and report the same',
      },
    ],
  },
  {
    title: 'What is scanned',
    flags: [BEFORE_TAG_FLAG],
  },
  {
    title: 'How',
    flags: [
      { name: 'plan', kind: 'boolean', help: 'Show what would be copied, without writing anything' },
      { name: 'lock-output', kind: 'text', value: 'FILE', help: 'Write a lock with the references at --to-repo' },
      { name: 'to-tag', kind: 'text', value: 'TAG', help: 'Tag at the destination, instead of the source’s' },
      {
        name: 'repo-based-tags',
        kind: 'boolean',
        help: 'Internal tags contain the original repository of an image',
      },
      {
        name: 'receipt',
        kind: 'text',
        value: 'FILE',
        help: 'With --tar: write what arrived and what the destination then holds, as a basis for the next --since',
      },
      {
        name: 'after',
        kind: 'text',
        value: 'RECEIPT',
        help: 'With --tar: refuse a tar that does not follow the one in this receipt',
      },
      signFlag('the export manifest of --to-tar and --to-oci, or the receipt of --receipt'),
      {
        name: 'signed-by',
        kind: 'text',
        value: 'TEXT',
        help: 'With --sign: who is responsible for the export, as a text in its export manifest',
      },
      requireSignatureFlag('the file of --tar, --oci or --since'),
      {
        name: 'require-receipt-signature',
        kind: 'list',
        value: 'KEY',
        help: 'With --after: the same for the receipt; can be repeated',
      },
      {
        name: 'repair',
        kind: 'boolean',
        help: 'Verify the destination: check every manifest and blob there, even if the tags are up to date, and copy what is missing',
      },
      {
        name: 'keep-going',
        kind: 'boolean',
        help: 'Continue if an image fails; bundles without all their images are not tagged',
      },
      {
        name: 'report',
        kind: 'text',
        value: 'FILE',
        help: 'Write a JSON report of what was copied and which images failed',
      },
      {
        name: 'report-markdown',
        kind: 'text',
        value: 'FILE',
        help: 'Write the report for people, as Markdown: what was copied, and for each image who signed it and what was found',
      },
      {
        name: 'retry-failed',
        kind: 'text',
        value: 'REPORT',
        help: 'Copy only the images that failed according to this report; replaces source and destination',
      },
      {
        name: 'resume',
        kind: 'boolean',
        help: 'Also reuse intact layers of an existing tar. An interrupted copy resumes by default; =false starts over',
      },
      ...TRANSFER_FLAGS,
    ],
  },
  IN_CLUSTER_FLAGS,
  REGISTRY_FLAGS,
  SIDE_FLAGS,
  GLOBAL_FLAGS,
];
