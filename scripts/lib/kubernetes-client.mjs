// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = `${dirname(createRequire(import.meta.url).resolve('@kubernetes/client-node'))}${sep}`;
const own = fileURLToPath(new URL('../../src/cluster', import.meta.url));

/**
 * What the library imports only for tasks that are ours (connections, proxies, kubeconfig files, OpenID Connect). An
 * import of another name fails the build; a call fails when it is made.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const ABSENT = {
  hpagent: ['HttpProxyAgent', 'HttpsProxyAgent'],
  'js-yaml': ['dump', 'load', 'loadAll'],
  'openid-client': ['customFetch', 'discovery', 'refreshTokenGrant'],
  socks: ['SocksClient'],
  'socks-proxy-agent': ['SocksProxyAgent'],
  undici: ['Agent', 'ProxyAgent', 'fetch'],
};

/** A method of a generated class, with its comment. */
const METHOD = /^ {4}(?:\/\*\*(?:(?!\*\/)[^])*\*\/\n {4})?(?:async )?(\w+)\([^\n]*\) \{\n[^]*?^ {4}\}\n/gm;
/** A class of an API, and the imports of its parts. */
const API_CLASS = /^export class (?:Observable|Object)?(\w+Api)(?:RequestFactory|ResponseProcessor)?\b[^]*?^\}\n/gm;
const API_IMPORT = /^import \{.*\} from ['"]\.\.\/apis\/(\w+Api)\.js['"];\n/gm;
/** An export of an index. */
const EXPORT = /^export (?:\* from ['"](.+)['"];\n|\{ .*)/gm;
/** A line of ObjectSerializer's that names a model: an import, an export or an entry of its table. */
const MODEL_LINE = /^(?:import \{ (\w+) \} from|export \* from '\.\.\/models\/(\w+)\.js'|    "(\w+)": \w+,).*\n/gm;

/**
 * Bundles only what `src/cluster` uses of @kubernetes/client-node, which has methods for each operation of each API of
 * Kubernetes, and refers to each of its models by name: 2.1 MB instead of some 100 kB. Everything is found by names that
 * occur in the code, so there is no list to maintain; if the library is laid out differently one day, nothing is left
 * out.
 * @returns {import('esbuild').Plugin}
 */
export function kubernetesClient() {
  return {
    name: 'kubernetes-client',
    setup(build) {
      const used = usedNames(own);
      build.onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({
        path: `${dist}index.js`,
        sideEffects: false,
      }));
      build.onResolve({ filter: /^\.\.?\// }, ({ path, importer }) =>
        importer.startsWith(dist) ? { path: resolve(dirname(importer), path), sideEffects: false } : undefined,
      );
      build.onResolve({ filter: new RegExp(`^(${Object.keys(ABSENT).join('|')})$`) }, ({ path, importer }) =>
        importer.startsWith(dist) ? { path, namespace: 'absent' } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({ contents: absent(path) }));
      build.onLoad({ filter: /[\\/]gen[\\/](apis|types)[\\/]\w+\.js$/ }, async ({ path }) =>
        path.startsWith(dist) ? { contents: withoutUnused(await readFile(path, 'utf8'), used) } : undefined,
      );
      build.onLoad({ filter: /[\\/](ObjectSerializer|all)\.js$/ }, async ({ path }) => {
        if (!path.startsWith(dist)) return undefined;
        const models = usedModels(used);
        const contents = (await readFile(path, 'utf8')).replace(MODEL_LINE, (line, imported, exported, entry) =>
          models.has(imported ?? exported ?? entry) ? line : '',
        );
        return { contents };
      });
      // esbuild leaves nothing out of a module that is imported dynamically, as the command line imports src/cluster.
      build.onLoad({ filter: /[\\/]index\.js$/ }, async ({ path }) =>
        path.startsWith(dist) ? { contents: usedExports(path, await readFile(path, 'utf8'), used) } : undefined,
      );
    },
  };
}

/**
 * @typedef {{ readonly words: ReadonlySet<string>, readonly imports: ReadonlySet<string> }} Used
 * `words`: all of the code, among them the operations; `imports`: what it imports of the library, types aside
 */

/**
 * @param {string} folder
 * @returns {Used}
 */
function usedNames(folder) {
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const pattern = /^import \{([^}]*)\} from '@kubernetes\/client-node'/gm;
  const imported = files.flatMap((source) => [...source.matchAll(pattern)]);
  return {
    words: new Set(files.flatMap((source) => source.match(/\w+/g) ?? [])),
    imports: new Set(imported.flatMap(([, names = '']) => names.match(/\w+/g) ?? [])),
  };
}

/**
 * @param {string} source
 * @param {Used} used
 */
function withoutUnused(source, { words, imports }) {
  return source
    .replace(API_IMPORT, (line, /** @type {string} */ api) => (imports.has(api) ? line : ''))
    .replace(API_CLASS, (whole, /** @type {string} */ api) => (imports.has(api) ? whole : ''))
    .replace(METHOD, (method, /** @type {string} */ name) =>
      name === 'constructor' || words.has(name.replace(/WithHttpInfo$/, '')) ? method : '',
    );
}

/**
 * @param {string} path of an index
 * @param {string} source
 * @param {Used} used
 */
function usedExports(path, source, { imports }) {
  return source.replace(EXPORT, (line, /** @type {string | undefined} */ from) => {
    if (from === undefined) return line.replace(/\w+ as (\w+),? ?/g, (entry, name) => (imports.has(name) ? entry : ''));
    const target = readFileSync(resolve(dirname(path), from), 'utf8');
    if (/^export \*/m.test(target)) return line;
    const names = [...target.matchAll(/^export (?:async )?(?:class|const|function) (\w+)/gm)].map(([, name]) => name);
    return names.some((name) => imports.has(name ?? '')) ? line : '';
  });
}

/**
 * The models that the used operations send and receive, and those that they consist of.
 * @param {Used} used
 */
function usedModels(used) {
  const models = new Set();
  const apis = readdirSync(`${dist}gen/apis`).filter((name) => used.imports.has(name.replace(/\.js$/, '')));
  const pending = apis.map((name) => withoutUnused(readFileSync(`${dist}gen/apis/${name}`, 'utf8'), used));
  for (let source = pending.pop(); source !== undefined; source = pending.pop()) {
    for (const [, type = ''] of source.matchAll(/(?:"type": |serialize\([^\n]*, )"([^"]+)"/g)) {
      for (const model of type.match(/[A-Z]\w+/g) ?? []) {
        if (models.has(model)) continue;
        models.add(model);
        try {
          pending.push(readFileSync(`${dist}gen/models/${model}.js`, 'utf8'));
        } catch {
          // Not a model: Array, Date, Set.
        }
      }
    }
  }
  return models;
}

/** @param {string} name */
function absent(name) {
  const fail = `throw new Error('${name} is not part of this bundle')`;
  return (ABSENT[name] ?? []).map((member) => `export function ${member}() { ${fail}; }\n`).join('');
}
