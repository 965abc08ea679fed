import { AirgapError } from '../../../../src/base/errors.ts';
import type { RegistrySetting } from '../../../../src/contract/settings.ts';
import { digestOf } from '../../../../src/oci/digest.ts';
import type { RegistryTreeNode } from '../../../../src/workbench/registries/nodes.ts';
import type { ContentReader, RegistryReader } from '../../../../src/workbench/registries/registry-reader.ts';
import { RegistryTree } from '../../../../src/workbench/registries/registry-tree.ts';
import type { RegistryTreeOptions } from '../../../../src/workbench/registries/registry-tree.ts';

export const host = 'registry.example';
const digest = digestOf(Buffer.from('bundle'));
export const bundle = { digest, mediaType: '', kind: 'bundle' as const, size: 1 };

type Reader = RegistryReader & ContentReader;

export function failure(code: string): AirgapError {
  return new AirgapError(code, { text: code });
}

/** A registry that hands out 100 names at the most, with 250 repositories, one of which has 120 versions and the tags that imgpkg keeps for itself. */
export function reader(overrides: Partial<Reader> = {}): Reader {
  const paths = Array.from({ length: 250 }, (_, index) => `team/app-${String(index).padStart(3, '0')}`);
  const versions = Array.from({ length: 120 }, (_, index) => `1.${index}.0`);
  return {
    ping: () => Promise.resolve(),
    authenticate: () => Promise.resolve(),
    repositories: (_, { last, limit: wanted }) => {
      const limit = Math.min(wanted, 100);
      const start = last === undefined ? 0 : paths.indexOf(last) + 1;
      const repositories = paths.slice(start, start + limit);
      const next = repositories.at(-1);
      return Promise.resolve(
        start + limit < paths.length && next !== undefined ? { repositories, next } : { repositories },
      );
    },
    tags: () => Promise.resolve({ tags: [...versions, 'latest', `sha256-${'a'.repeat(64)}.imgpkg`] }),
    artifact: () => Promise.resolve(bundle),
    wholeSize: () => Promise.resolve(undefined),
    lock: () => Promise.resolve({ text: '', images: [] }),
    has: () => Promise.resolve(true),
    attachments: () => Promise.resolve([]),
    document: () => Promise.resolve(''),
    ...overrides,
  };
}

const NO_TARBALLS: RegistryTreeOptions['tarballs'] = {
  find: () => Promise.resolve([]),
  describe: () => Promise.reject(new Error('there are none')),
};

export function makeTree(
  overrides: Partial<Reader> = {},
  tarballs: RegistryTreeOptions['tarballs'] = NO_TARBALLS,
  registries: readonly RegistrySetting[] = [{ host }],
) {
  const changed: (string | undefined)[] = [];
  const built = new RegistryTree({
    reader: reader(overrides),
    tarballs,
    registries: () => registries,
    changed: (node) => changed.push(node?.id),
  });
  return { tree: built, changed };
}

export async function descend(built: RegistryTree, ...ids: readonly string[]): Promise<RegistryTreeNode[]> {
  let nodes = await built.children();
  for (const id of ids) nodes = await built.children(nodes.find((node) => node.id === id));
  return nodes;
}
