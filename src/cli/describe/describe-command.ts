import { createRegistries } from '../../oci/registries.ts';
import type { Registries } from '../../oci/registries.ts';
import { describeArchivePackages, describePackages, describeReference } from '../../relocation/describe.ts';
import { isFileOrLayout } from '../../relocation/archive/delta-base.ts';
import { describeFile } from '../../relocation/describe-file.ts';
import type { DescribedImage, Description } from '../../relocation/describe.ts';
import type { Command, CommandContext } from '../command.ts';
import { USAGE } from '../usage.ts';
import { connectionOf } from '../connection.ts';
import { cliCredentials } from '../credentials.ts';
import { cliError } from '../errors.ts';
import type { FlagGroup } from '../flags/flag.ts';
import { GLOBAL_FLAGS } from '../flags/flag.ts';
import { REGISTRY_FLAGS } from '../flags/registry-flags.ts';
import { refuseArguments } from '../command.ts';
import { bytesOfChoice, packageCosts } from '../../relocation/packages/package-listing.ts';
import { packagesTable } from '../copy/subset-text.ts';
import { formatTable } from '../output/table.ts';
import { fileDocument } from '../../relocation/file-document.ts';
import { exportLines, fileText, volumeLines } from './file-text.ts';
import { formatBytes, formatCount } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';

const OWN_FLAGS: FlagGroup = {
  title: 'Flags',
  flags: [
    { name: 'layers', kind: 'boolean', help: 'Also show configs and layers (always included with --json)' },
    {
      name: 'packages',
      kind: 'boolean',
      help: 'List the Packages of a PackageRepository bundle, and what each of them costs to copy',
    },
    { name: 'cosign-signatures', kind: 'boolean', help: 'Also look for cosign signatures' },
    { name: 'referrers', kind: 'boolean', help: 'Also look for cosign’s tags and all OCI 1.1 referrers' },
  ],
};

/** `carvel-airgap describe`: shows the content of a bundle, an image or a file of an export or import. */
export const describeCommand: Command = {
  name: 'describe',
  help: {
    summary:
      'Shows a bundle, image, index, tar or OCI image layout as a tree of bundles and images, with sizes and locations; or what an inventory, a receipt, an export manifest or a set of volumes says.',
    usage: USAGE.describe,
    groups: [OWN_FLAGS, REGISTRY_FLAGS, GLOBAL_FLAGS],
    notes: [
      'An argument that names an existing file, or a folder with an OCI image layout, is read from there; anything else is a reference.',
      'Layers are not read; verify does that.',
      'Exit code: 0 if everything was found, 1 otherwise.',
    ],
  },
  jsonMode: () => 'document',
  canceled: 'Canceled.',
  run: describe,
};

async function describe(context: CommandContext): Promise<0 | 1> {
  const { values, rest, console } = context;
  const [target] = rest;
  if (target === undefined) {
    throw cliError('missing-argument', {
      command: 'describe',
      what: 'a reference or a file',
      usage: USAGE.describe[0],
    });
  }
  refuseArguments('describe', rest, 1);
  if (values.boolean('packages') === true) return describePackagesOf(target, context);
  const layers = values.boolean('layers') ?? false;
  if (!(await isTarArgument(target))) {
    const description = await describeInRegistry(target, context);
    if (console.mode === 'document') console.document({ kind: 'Description', ...description });
    else console.result(descriptionText(description, layers));
    return 0;
  }
  const file = await describeFile(target, context.signal);
  if (file.kind !== 'archive') {
    if (console.mode === 'document') console.document(fileDocument(file));
    else console.result(fileText(file));
    return file.kind === 'volumes' ? 1 : 0;
  }
  const { description, exported, volumes } = file;
  const more = [
    ...(volumes === undefined ? [] : volumeLines(volumes)),
    ...(exported === undefined ? [] : exportLines(exported)),
  ];
  if (console.mode === 'document') console.document({ kind: 'Description', ...description });
  else console.result([descriptionText(description, layers), ...more].join('\n'));
  return 0;
}

async function describePackagesOf(target: string, context: CommandContext): Promise<0> {
  const { values, console } = context;
  const { signal } = context;
  const listing = (await isTarArgument(target))
    ? await describeArchivePackages(target, signal)
    : await withRegistries(context, (registries) => describePackages(target, registries, signal));
  const packages = packageCosts(listing);
  const { bundle, missing } = listing;
  const [wholeBytes, sharedBytes] = [bytesOfChoice(listing, listing.packages), bytesOfChoice(listing, [])];
  if (console.mode === 'document') {
    console.document({ kind: 'PackageList', bundle, packages, wholeBytes, sharedBytes, missing });
    return 0;
  }
  const totals = [
    `${packages.length} Package versions`,
    `${formatBytes(wholeBytes)} in total, what they share counted once`,
    `${formatBytes(sharedBytes)} in every choice`,
  ];
  const lines = [
    bundle,
    formatTable(packagesTable(packages), values.list('column')),
    totals.join('; '),
    ...(missing === 0 ? [] : [`${formatCount(missing, 'image')} missing at the source, so some sizes are too small`]),
  ];
  console.result(lines.join('\n'));
  return 0;
}

async function describeInRegistry(reference: string, context: CommandContext): Promise<Description> {
  const { values, signal } = context;
  const attachments = {
    cosignSignatures: values.boolean('cosign-signatures') ?? false,
    referrers: values.boolean('referrers') ?? false,
  };
  return withRegistries(context, (registries) => describeReference(reference, registries, attachments, signal));
}

async function withRegistries<Result>(
  { values, environment }: CommandContext,
  use: (registries: Registries) => Promise<Result>,
): Promise<Result> {
  const registries = createRegistries(
    await connectionOf(values, environment),
    cliCredentials(values, environment, (text) => console.warn(text)),
    'source',
  );
  try {
    return await use(registries);
  } finally {
    await registries.close();
  }
}

/** Whether an argument names a file, or an OCI image layout, rather than something in a registry. */
export async function isTarArgument(target: string): Promise<boolean> {
  // Such a name is not a reference, so the error should be about the file.
  if (/\.(?:tar|tgz|sha256|json)$/.test(target) || /^(?:\.{0,2}\/|[A-Za-z]:\\)/.test(target)) return true;
  return isFileOrLayout(target);
}

/** A tree for people: each image with kind, size and location. */
function descriptionText({ source, roots, totals }: Description, layers: boolean): string {
  return [
    source,
    ...branch(roots.map((root) => imageNode(root, layers))),
    `${imagesText(totals)}; ${formatCount(totals.blobs, 'blob')}; ${formatBytes(totals.bytes)} in total`,
  ].join('\n');
}

/** A node of the tree: its lines and its children. */
interface TreeNode {
  readonly lines: readonly string[];
  readonly below: readonly TreeNode[];
}

function imageNode(image: DescribedImage, layers: boolean): TreeNode {
  const { kind, wholeBytes, reference, origin, tag, repeated, images = [], manifests = [], blobs } = image;
  const tagged = tag === undefined ? '' : ` (tag ${printable(tag)})`;
  const again = repeated === true ? ' (shown above)' : '';
  return {
    lines: [
      `${kind} ${reference}${tagged}, ${formatBytes(wholeBytes)}${again}`,
      ...(origin === undefined || origin === reference ? [] : [`  from ${origin}`]),
    ],
    below: [
      ...(layers ? blobs : []).map((blob) => leaf(`blob ${blob.digest}, ${formatBytes(blob.bytes)}`)),
      ...manifests.map(({ digest, platform, bytes: size }) =>
        leaf(`manifest ${digest}${platform === undefined ? '' : ` ${printable(platform)}`}, ${formatBytes(size)}`),
      ),
      ...images.map((each) => imageNode(each, layers)),
    ],
  };
}

function leaf(line: string): TreeNode {
  return { lines: [line], below: [] };
}

function branch(nodes: readonly TreeNode[]): string[] {
  return nodes.flatMap(({ lines, below }, index) => {
    const isLast = index === nodes.length - 1;
    const [first = '', ...more] = lines;
    const indent = isLast ? '   ' : '│  ';
    return [
      `${isLast ? '└─' : '├─'} ${first}`,
      ...more.map((line) => indent + line),
      ...branch(below).map((line) => indent + line),
    ];
  });
}

function imagesText({ images, bundles }: { readonly images: number; readonly bundles: number }): string {
  if (images === 1) return bundles === 1 ? '1 bundle' : '1 image';
  return `${images} images, ${bundles} of them ${bundles === 1 ? 'a bundle' : 'bundles'}`;
}
