/** Where two JSON values differ, one line for each place: its path, ours, theirs. */
export function* jsonDifferences(ours: unknown, theirs: unknown, path = ''): Generator<string> {
  const [our, their] = [membersOf(ours), membersOf(theirs)];
  if (our === undefined || their === undefined) {
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) yield `${path}: ours ${short(ours)}, theirs ${short(theirs)}`;
    return;
  }
  const keys = new Set([...Object.keys(our), ...Object.keys(their)]);
  for (const key of keys) yield* jsonDifferences(our[key], their[key], `${path}/${key}`);
  if (Object.keys(our).join() !== Object.keys(their).join()) yield `${path}: the order of the keys`;
}

function membersOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function short(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
