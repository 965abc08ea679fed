// Processes and temporary folders of the tests must not outlive them: they are released by `stop()`, or at the latest
// when this process ends.
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// State of the module, because only one process can end.
const cleanups = new Set<() => void>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `cleanup` when this process ends, unless the returned function has been called before. */
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
  // In reverse order: a server before the folder into which it writes.
  for (const cleanup of [...cleanups].reverse()) cleanup();
}

/**
 * Node ends without an `exit` event on a signal that has no listener; another listener is responsible for ending the
 * process itself.
 */
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

/** The path is short, because it contains sockets, whose paths are limited to 107 bytes. */
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
