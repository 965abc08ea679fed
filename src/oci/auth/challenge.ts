/** One challenge of a WWW-Authenticate header (RFC 9110, 11.3). Names are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/;

/** All challenges of a header, which may contain several in one line. Everything after a syntax error is ignored. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let rest = header;
  while ((rest = rest.replace(/^[\s,]+/, '')) !== '') {
    const word = TOKEN.exec(rest)?.[0];
    if (word === undefined) break;
    rest = rest.slice(word.length);
    const current = challenges.at(-1);
    const value = /^\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/.exec(rest);
    if (value !== null && current !== undefined) {
      rest = rest.slice(value[0].length);
      current.parameters.set(word.toLowerCase(), value[1]?.replace(/\\(.)/g, '$1') ?? value[2] ?? '');
    } else {
      challenges.push({ scheme: word.toLowerCase(), parameters: new Map() });
    }
  }
  return challenges;
}

/** The challenge to answer: Bearer takes precedence over Basic. */
export function chooseChallenge(header: string | undefined): Challenge | undefined {
  const challenges = header === undefined ? [] : parseChallenges(header);
  return (
    challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm')) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  );
}
