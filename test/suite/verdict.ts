/** What Go's testing package says of a test. */
export type GoResult = 'PASS' | 'FAIL' | 'SKIP';

/** By full name, such as `TestCopy/when_there_is_a_tag`. */
export type GoResults = ReadonlyMap<string, GoResult>;

export interface Verdict {
  readonly passed: readonly string[];
  /** What is wrong, one line each. */
  readonly problems: readonly string[];
}

/** Reads the results from the output of a test program that ran with -test.v. */
export function readResults(output: string): GoResults {
  const lines = output.matchAll(/^ *--- (PASS|FAIL|SKIP): (\S+) \(\d/gm);
  return new Map([...lines].map(([, result, name = '']) => [name, result as GoResult]));
}

/**
 * Whether the command line passes what imgpkg passes.
 * @param theirs results of the real imgpkg
 * @param excluded names of tests that the real imgpkg cannot pass here, and that were not run
 */
export function judge(theirs: GoResults, ours: GoResults, excluded: readonly string[]): Verdict {
  const passed = [...ours].filter(([, result]) => result === 'PASS').map(([name]) => name);
  const problems: string[] = [];
  if (theirs.size === 0) problems.push('the suite ran no test against imgpkg');
  if (ours.size === 0) problems.push('the suite ran no test against the command line');
  for (const [name, result] of theirs) {
    if (result !== 'PASS') problems.push(`${name}: ${result} with imgpkg itself, and not excluded`);
    else if (ours.get(name) !== 'PASS') problems.push(`${name}: PASS with imgpkg, ${ours.get(name) ?? 'not run'} here`);
  }
  for (const [name, result] of ours) {
    if (!theirs.has(name)) problems.push(`${name}: ${result} here, not run with imgpkg`);
  }
  for (const name of excluded) {
    if (theirs.has(name) || ours.has(name)) problems.push(`${name}: excluded, but run`);
  }
  return { passed, problems };
}
