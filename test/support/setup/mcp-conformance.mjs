// @ts-check
// The conformance tests of the Model Context Protocol. They are not a dependency of the project, because only one test
// needs them, and they bring a hundred packages along.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureCached } from './cache.mjs';
import { isMain, run } from './run.mjs';

const NAME = '@modelcontextprotocol/conformance';
const VERSION = '0.1.16';

/** @returns {Promise<string>} the program, for Node 22 or newer */
export async function ensureMcpConformance() {
  const announcement = `Installing ${NAME} ${VERSION} with npm: it judges the server for agents. 50 MB, 10 seconds.`;
  const folder = await ensureCached({ name: 'mcp-conformance', version: VERSION, announcement }, async (unfinished) => {
    await writeFile(join(unfinished, 'package.json'), JSON.stringify({ private: true }));
    await run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', `${NAME}@${VERSION}`], {
      cwd: unfinished,
      env: process.env,
    });
  });
  return join(folder, 'node_modules', NAME, 'dist/index.js');
}

if (isMain(import.meta.url)) console.log(await ensureMcpConformance());
