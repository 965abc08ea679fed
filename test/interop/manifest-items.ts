interface Item {
  readonly ImageIndex: Described | null;
  readonly Image: Described | null;
}

interface Described {
  readonly Refs: readonly string[];
  readonly OrigRef: string;
  readonly Digest?: string;
  readonly Manifest?: { readonly Digest: string };
  readonly Images?: readonly Described[] | null;
  readonly Indexes?: readonly Described[] | null;
}

/**
 * The items of a tar's manifest.json without what imgpkg leaves open: for an ambiguous digest it takes any of the names and
 * of the places (its own runs differ), and one item or several.
 */
export function unnamed(items: readonly unknown[], ambiguous: ReadonlySet<string>): unknown[] {
  const clear: string[] = [];
  const open = new Set<string>();
  for (const { ImageIndex: index, Image: image } of items as readonly Item[]) {
    const described = index ?? image;
    const digest = described?.Digest ?? described?.Manifest?.Digest ?? '';
    if (described === null || !ambiguous.has(digest)) clear.push(JSON.stringify({ digest, index, image }));
    else open.add(JSON.stringify({ digest, described: withoutNames(described) }));
  }
  return [...clear, ...open].sort().map((text) => JSON.parse(text) as unknown);
}

function withoutNames(described: Described): Described {
  const { Images: images, Indexes: indexes } = described;
  return {
    ...described,
    Refs: described.Refs.map((reference) => reference.slice(reference.indexOf('@'))),
    OrigRef: described.OrigRef === '' ? '' : 'somewhere',
    ...(images ? { Images: images.map(withoutNames) } : {}),
    ...(indexes ? { Indexes: indexes.map(withoutNames) } : {}),
  };
}
