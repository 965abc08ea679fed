// The server for agents, as the conformance tests of the Model Context Protocol judge it.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { type McpOverHttp, startMcpOverHttp } from '../support/mcp-over-http.ts';
import { runProgram } from '../support/run-program.ts';
import { ensureMcpConformance } from '../support/setup/mcp-conformance.mjs';

const baseline = fileURLToPath(new URL('../fixtures/mcp-conformance.yml', import.meta.url));
/** Those that do not need what the server does not offer. */
const PASSED = ['ping', 'server-initialize', 'server-sse-multiple-streams', 'tools-list'];
/** A request for a capability that was not declared, or for a tool that was not listed (MCP 2025-11-25, Tools, Errors). */
const REFUSED = /MCP error -32601: Method not found$|MCP error -32602: Tool test_\w+ not found$/;

interface Check {
  readonly status: string;
  readonly errorMessage?: string;
}

describe('the conformance tests of the Model Context Protocol', () => {
  let folder: TemporaryFolder;
  let server: McpOverHttp;

  before(async () => {
    folder = await makeTemporaryFolder('mcp-conformance');
    server = await startMcpOverHttp(['--allow-copy']);
  });
  after(async () => {
    await server?.stop();
    await folder?.remove();
  });

  test('find no fault, and what the server does not offer is refused as the specification says', async () => {
    const program = await ensureMcpConformance();
    const options = ['server', '--url', server.url, '--expected-failures', baseline, '-o', folder.path];
    const env = { PATH: process.env['PATH'] ?? '' };
    const { code, stdout } = await runProgram(process.execPath, [program, ...options], { env, cwd: folder.path });
    assert.equal(code, 0, stdout.slice(-4000));
    const passed: string[] = [];
    for (const entry of (await readdir(folder.path)).sort()) {
      const name = /^server-(.+)-\d{4}-\d\d-\d\dT/.exec(entry)?.[1] ?? entry;
      const checks = JSON.parse(await readFile(join(folder.path, entry, 'checks.json'), 'utf8')) as Check[];
      const failed = checks.filter(({ status }) => status === 'FAILURE');
      if (failed.length === 0) passed.push(name);
      if (name === 'dns-rebinding-protection') continue;
      for (const { errorMessage = '' } of failed) assert.match(errorMessage, REFUSED, name);
    }
    assert.deepEqual(passed, PASSED);
  });
});
