import { createHook, executionAsyncId } from 'node:async_hooks';

/** What Node calls the things that leave a process: sockets, names that are looked up, processes and threads that are started. */
const OUTSIDE: ReadonlySet<string> = new Set([
  'DNSCHANNEL',
  'GETADDRINFOREQWRAP',
  'GETNAMEINFOREQWRAP',
  'HTTPCLIENTREQUEST',
  'PIPECONNECTWRAP',
  'PROCESSWRAP',
  'QUERYWRAP',
  'TCPCONNECTWRAP',
  'TCPSERVERWRAP',
  'TCPWRAP',
  'TLSWRAP',
  'UDPSENDWRAP',
  'UDPWRAP',
  'WORKER',
]);

export interface OutsideWatch {
  /** Names of what was used so far, in their order. */
  readonly seen: readonly string[];
  stop(): void;
}

/** Each suite is a bundle with modules of its own; this is what they share. */
const SHARED = Symbol.for('carvel-airgap.outside-watch');

/** Begun before the extension is activated, to be asked by a suite. */
export function beginOutsideWatch(): void {
  Reflect.set(
    globalThis,
    SHARED,
    watchOutside((stack) => /[/\\]dist[/\\]extension\.cjs/.test(stack)),
  );
}

export function outsideWatch(): OutsideWatch {
  return Reflect.get(globalThis, SHARED) as OutsideWatch;
}

/**
 * Watches what code of some file uses of the world outside its process, also what it only set going: all that begins in a
 * call from that file, or follows from what did.
 */
function watchOutside(isOf: (stack: string) => boolean): OutsideWatch {
  const seen: string[] = [];
  const own = new Set<number>();
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const hook = createHook({
    init(id, type, trigger) {
      const follows = own.has(executionAsyncId()) || own.has(trigger);
      if (!follows && !isOf(new Error(type).stack ?? '')) return;
      own.add(id);
      if (OUTSIDE.has(type)) seen.push(type);
    },
  }).enable();
  return {
    seen,
    stop() {
      hook.disable();
      Error.stackTraceLimit = stackTraceLimit;
    },
  };
}
