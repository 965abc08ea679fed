import { EngineServer } from './engine-server.ts';
import type { ToEngine } from './protocol.ts';

// The engine's process: a copy at full speed must not take threads or the event loop from whoever started it.
const server = new EngineServer((message) => {
  // The host may have gone in the meantime; then there is nobody to tell.
  if (process.connected) process.send?.(message);
});
process.on('message', (message) => server.receive(message as ToEngine));
process.on('disconnect', () => {
  server.stop();
  // Requests under way end within a second of their signal; what does not is cut.
  setTimeout(() => process.exit(0), 1000).unref();
});
// Ctrl-C in a terminal reaches the whole group; stopping is the host's decision.
process.on('SIGINT', () => undefined);
