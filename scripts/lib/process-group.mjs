// @ts-check
// Ends a child that was spawned with `detached: true`, including the processes it started.

const graceMilliseconds = 10_000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** @param {import('node:child_process').ChildProcess} child leader of its own process group */
export function endGroup(child) {
  signal(child, 'SIGTERM');
  const timer = setTimeout(() => {
    signal(child, 'SIGKILL');
    // A server in a process group of its own may still hold the other end of the pipes.
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, graceMilliseconds);
  timer.unref();
  child.once('close', () => clearTimeout(timer));
}

/**
 * A terminal's Ctrl-C reaches only the foreground group, so it is forwarded to the groups of the children.
 * @param {import('node:child_process').ChildProcess} child leader of its own process group
 */
export function killGroupsWhenInterrupted(child) {
  if (running.size === 0)
    for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(name, interrupted);
  running.add(child);
  child.once('close', () => {
    running.delete(child);
    if (running.size === 0)
      for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.off(name, interrupted);
  });
}

/** @param {NodeJS.Signals} name */
function interrupted(name) {
  const last = [...running];
  for (const child of last) endGroup(child);
  void Promise.all(last.map((child) => new Promise((resolve) => child.once('close', resolve)))).then(() => {
    process.exit(name === 'SIGINT' ? 130 : 143);
  });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} name
 */
function signal(child, name) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    // The group no longer exists.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}
