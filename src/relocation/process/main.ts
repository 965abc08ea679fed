import { EngineServer } from './engine-server.ts';
import type { ToEngine } from './protocol.ts';

/** Milliseconds. */
const DRAIN_TIME = 5000;

// The engine has its own process, so that a copy at full speed does not block the host's threads or event loop.
const server = new EngineServer((message) => {
  // The host may have exited in the meantime.
  if (process.connected) process.send?.(message);
});
process.on('message', (message) => server.receive(message as ToEngine));
process.on('disconnect', () => {
  server.stop();
  // What is in transit arrives, as after a pause; anything slower is cut off.
  setTimeout(() => process.exit(0), DRAIN_TIME).unref();
});
// Ctrl-C in a terminal reaches the whole process group; the host decides whether to stop.
process.on('SIGINT', () => undefined);
