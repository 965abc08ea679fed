// Ends a process with its child processes. VS Code's server starts extension hosts, file watchers and more; one left
// behind keeps its port, and the next run would connect to it without noticing.
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';

/** Time a server has to end by itself before it is killed. */
const graceMilliseconds = 5_000;

/** Ends the group of a child that was spawned with `detached: true`, and waits until the child has ended. */
export async function endProcessGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    signalGroup(child, 'SIGTERM');
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMilliseconds);
    await ended;
    clearTimeout(timer);
  }
  // Its children may outlive it.
  signalGroup(child, 'SIGKILL');
}

/** For `process.on('exit')`, which cannot wait for promises. */
export function killProcessGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
