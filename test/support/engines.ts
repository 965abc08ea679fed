import { fileURLToPath } from 'node:url';

import { anonymous } from '../../src/oci/auth/credentials.ts';
import type { ConnectionSettings } from '../../src/oci/connection-settings.ts';
import type { RelocationEngine } from '../../src/relocation/engine.ts';
import type { RelocationListener } from '../../src/relocation/events.ts';
import { InProcessEngine } from '../../src/relocation/in-process-engine.ts';
import { EngineProcess } from '../../src/relocation/process/engine-process.ts';
import type { RelocationReport } from '../../src/relocation/report/report.ts';
import type { RelocationOptions, RelocationSourceSpec } from '../../src/relocation/request/request.ts';

export interface TestEngine extends RelocationEngine {
  dispose(): void;
}

export function inProcess(connection: ConnectionSettings = {}): TestEngine {
  const engine = new InProcessEngine({ connection, credentials: anonymous });
  return {
    plan: (request, options) => engine.plan(request, options),
    listPackages: (source, options) => engine.listPackages(source, options),
    verify: (path, options) => engine.verify(path, options),
    discard: (destination, options) => engine.discard(destination, options),
    limitBandwidth: (bytesPerSecond) => engine.limitBandwidth(bytesPerSecond),
    dispose: () => undefined,
  };
}

/**
 * The engine in the two ways in which it is used: by the command line and by the editor. The second one needs `npm run
 * build`.
 */
export const engines: readonly [name: string, make: (connection?: ConnectionSettings) => TestEngine][] = [
  ['in process', inProcess],
  [
    'over the wire',
    (connection = {}) =>
      new EngineProcess({
        modulePath: fileURLToPath(new URL('../../dist/engine.cjs', import.meta.url)),
        connection: () => connection,
        credentials: anonymous,
        log: (line) => process.stderr.write(`engine: ${line}\n`),
      }),
  ],
];

/** Plans and runs. */
export async function relocate(
  engine: RelocationEngine,
  source: RelocationSourceSpec,
  repository: string,
  options: { signal?: AbortSignal; onEvent?: RelocationListener; options?: RelocationOptions } = {},
): Promise<RelocationReport> {
  const signal = options.signal ?? new AbortController().signal;
  const events = options.onEvent === undefined ? {} : { onEvent: options.onEvent };
  const request = { source, destination: { kind: 'repository' as const, repository }, options: options.options ?? {} };
  const planned = await engine.plan(request, { signal, depth: 'run', ...events });
  return planned.run({ signal, ...events });
}
