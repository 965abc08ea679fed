import { formatBytes } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import type { DescribedImage, Description } from '../../relocation/description.ts';

/** A tree for people: each image with its kind, its size and where it is. */
export function descriptionText({ source, roots, totals }: Description, layers: boolean): string {
  return [
    source,
    ...branch(roots.map((root) => imageNode(root, layers))),
    `${totals.images} images, ${totals.bundles} of them bundles; ${totals.blobs} blobs; ${formatBytes(totals.bytes)} in total`,
  ].join('\n');
}

/** A line with what hangs below it. */
interface TreeNode {
  readonly lines: readonly string[];
  readonly below: readonly TreeNode[];
}

function imageNode(image: DescribedImage, layers: boolean): TreeNode {
  const { kind, bytes, reference, origin, tag, repeated, images = [], manifests = [], blobs } = image;
  const tagged = tag === undefined ? '' : ` (tag ${printable(tag)})`;
  const again = repeated === true ? ' (shown above)' : '';
  return {
    lines: [
      `${kind} ${reference}${tagged}, ${formatBytes(bytes)}${again}`,
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
