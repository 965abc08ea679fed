// What the bench starts must not outlive the bench: processes and temporary folders are given back on `stop()`, and if
// nobody gets that far, when this process ends.
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// State of the module, because there is one process to end.
const cleanups = new Set<() => void>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `cleanup` when this process ends, unless the returned function was called before. */
export function onEnd(cleanup: () => void): () => void {
  if (cleanups.size === 0) {
    process.on('exit', runAll);
    for (const signal of signals) process.on(signal, endBySignal);
  }
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
    if (cleanups.size > 0) return;
    process.off('exit', runAll);
    for (const signal of signals) process.off(signal, endBySignal);
  };
}

function runAll(): void {
  // The last one first: a server before the folder it writes into.
  for (const cleanup of [...cleanups].reverse()) cleanup();
}

/** Node ends without `exit` events on a signal that nobody listens to; if somebody else does, ending is theirs. */
function endBySignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  runAll();
  process.off(signal, endBySignal);
  process.kill(process.pid, signal);
}

export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** The path is short: sockets live in these folders, and a socket's path may have 107 bytes. */
export async function makeTemporaryFolder(name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `airgap-${name}-`));
  const forget = onEnd(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
      forget();
    },
  };
}
