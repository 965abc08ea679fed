/**
 * Converts a pattern of Go's filepath.Match for a single name: `*` and `?` never match a slash, `[a-z]` and `[^a-z]`
 * match one character, and a backslash escapes the next one. Undefined if the pattern is malformed.
 */
export function globToRegExp(glob: string): RegExp | undefined {
  let source = '';
  for (let index = 0; index < glob.length; index++) {
    const character = glob[index] ?? '';
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const [set] = /^\[\^?(?:\\.|[^\\\]])+\]/s.exec(glob.slice(index)) ?? [];
      if (set === undefined) return undefined;
      source += set;
      index += set.length - 1;
    } else if (character === '\\') {
      const next = glob[++index];
      if (next === undefined) return undefined;
      source += escape(next);
    } else source += escape(character);
  }
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return undefined;
  }
}

function escape(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
