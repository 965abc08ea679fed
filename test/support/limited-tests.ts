// Tests that share a cluster or a registry, but not their time. The `timeout` of a `describe` is one limit for all of its
// tests: one that waits too long uses it up, and all later ones fail as well. Here, each has a limit of its own.
import { before, test } from 'node:test';

export interface LimitedTestsOptions {
  /** The limit of each test and hook, sufficient for a machine several times slower than this one. Default: 180. */
  readonly seconds?: number;
  /** Receives the signal of each test and hook before it begins. It aborts when its time is up, and at its end. */
  readonly onBegin?: (signal: AbortSignal) => void;
  /**
   * A few lines about the parts involved in a failure, which are added to its error.
   *
   * @param isLate the time of the test was up
   */
  readonly report?: (isLate: boolean) => Promise<string>;
}

interface Limit {
  readonly seconds?: number;
}

/** What the tests use of node:test's context. */
interface LimitedContext {
  skip(message?: string): void;
  diagnostic(message: string): void;
  after(cleanUp: () => unknown): void;
}

type Run = (context: LimitedContext) => unknown;

export interface LimitedTests {
  readonly test: (title: string, ...run: [Run] | [Limit, Run]) => void;
  readonly before: (run: () => unknown) => void;
}

/** Seconds in which waits that end with the signal report what they saw last. */
const GRACE = 5;
/** Seconds in which `report` has to answer. */
const REPORT = 60;

/** `test` and `before` of node:test, with a limit for each, for a `describe` without a `timeout`. */
export function limitedTests({ seconds: usual = 180, onBegin, report }: LimitedTestsOptions = {}): LimitedTests {
  const within = async (seconds: number, run: () => unknown): Promise<void> => {
    const ending = new AbortController();
    const timers = [setTimeout(() => ending.abort(), seconds * 1000)];
    const timeUp = new Promise<never>((_resolve, reject) => {
      const fail = () => reject(new Error(`it took longer than ${seconds} s`));
      timers.push(setTimeout(fail, (seconds + GRACE) * 1000));
    });
    onBegin?.(ending.signal);
    try {
      await Promise.race([run(), timeUp]);
    } catch (error) {
      if (report === undefined) throw error;
      // The cause states the rest.
      const isLate = ending.signal.aborted;
      throw new Error(`${firstLine(error)}\n${await answered(() => report(isLate))}`, { cause: error });
    } finally {
      for (const timer of timers) clearTimeout(timer);
      ending.abort();
    }
  };
  // The limit of node:test is a last resort, because it ends a test without its report.
  const lastResort = (seconds: number) => ({ timeout: (seconds + GRACE + REPORT + 5) * 1000 });
  return {
    test: (title, ...rest) => {
      const [{ seconds = usual }, run] = rest.length === 1 ? [{}, rest[0]] : rest;
      void test(title, lastResort(seconds), (context) => within(seconds, () => run(context)));
    },
    before: (run) => {
      before(() => within(usual, run), lastResort(usual));
    },
  };
}

async function answered(report: () => Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`(no report within ${REPORT} s)`), REPORT * 1000);
  });
  try {
    return await Promise.race([report(), late]);
  } catch (error) {
    return `(no report: ${firstLine(error)})`;
  } finally {
    clearTimeout(timer);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
