// @ts-check
// Finds the parts of an installed npm package `node`: its program, and the folder with the headers for compiling native
// modules.
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * `headers` is the folder that contains include/node (node-gyp's "nodedir"). It is located only on access, because a
 * later npm install removes it and only compiling needs it.
 * @param {string} nodeModules the node_modules folder that contains the package `node`
 * @returns {{ program: string, readonly headers: string }}
 */
export function nodePackage(nodeModules) {
  const program = realpathSync(join(nodeModules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node'));
  return {
    program,
    get headers() {
      return headersOf(nodeModules);
    },
  };
}

/** @param {string} nodeModules */
function headersOf(nodeModules) {
  const platform = `node-${process.platform}-${process.arch}`;
  const own = realpathSync(join(nodeModules, 'node'));
  for (const folder of [join(own, 'node_modules', platform), join(dirname(own), platform)]) {
    if (existsSync(join(folder, 'include', 'node', 'node.h'))) return folder;
  }
  throw new Error(
    `The npm package "node" in ${nodeModules} has no headers (include/node/node.h); "npm rebuild node" brings them back`,
  );
}
