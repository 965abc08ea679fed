// The tools that the benchmark compares, and how each of them copies.
import { ensureCrane } from '../test/support/setup/crane.mjs';
import { ensureImgpkg } from '../test/support/setup/carvel.mjs';
import { ensureOras } from '../test/support/setup/oras.mjs';
import { ensureRegctl } from '../test/support/setup/regctl.mjs';
import { ensureSkopeo } from '../test/support/setup/debian.mjs';
import { isOnPath } from '../test/support/setup/run.mjs';
import { outputOf } from '../test/support/run-program.ts';
import { fileURLToPath } from 'node:url';

export const TOOLS = ['ours', 'imgpkg', 'crane', 'oras', 'regctl', 'skopeo'] as const;
export type Tool = (typeof TOOLS)[number];
export type Peer = Exclude<Tool, 'ours'>;
/** Tools that know no bundles: one process copies one image. */
export type ImageTool = Exclude<Peer, 'imgpkg'>;

export const IMAGE_TOOLS: readonly ImageTool[] = ['crane', 'oras', 'regctl', 'skopeo'];

export function isImageTool(tool: Tool): tool is ImageTool {
  return IMAGE_TOOLS.some((each) => each === tool);
}

/** How to start a tool. */
export interface Program {
  readonly command: readonly string[];
  /** Of its environment, besides PATH and HOME. */
  readonly env: Readonly<Record<string, string>>;
}

const NO_ENV = {};
const known = new Map<Tool, Promise<Program>>();

/** The tool from the PATH; otherwise built from the Go module proxy into the cache, or for skopeo Debian's. */
export function programOf(tool: Tool): Promise<Program> {
  const isThere = tool !== 'ours' && isOnPath(tool);
  const program = known.get(tool) ?? (isThere ? Promise.resolve({ command: [tool], env: NO_ENV }) : FIND[tool]());
  known.set(tool, program);
  return program;
}

const FIND: Readonly<Record<Tool, () => Promise<Program>>> = {
  ours: async () => {
    const cli = fileURLToPath(new URL('../dist/cli.cjs', import.meta.url));
    return Promise.resolve({ command: [process.execPath, cli], env: NO_ENV });
  },
  imgpkg: async () => ({ command: [await ensureImgpkg()], env: NO_ENV }),
  crane: async () => ({ command: [await ensureCrane()], env: NO_ENV }),
  oras: async () => ({ command: [await ensureOras()], env: NO_ENV }),
  regctl: async () => ({ command: [await ensureRegctl()], env: NO_ENV }),
  skopeo: async () => {
    const { program, libraries } = await ensureSkopeo();
    return { command: [program], env: { LD_LIBRARY_PATH: libraries.join(':') } };
  },
};

/** The version in a tool's own words, such as `0.47.0`. */
export async function versionOf(tool: Tool): Promise<string> {
  const { command, env } = await programOf(tool);
  const [program = '', ...first] = command;
  const output = await outputOf(program, [...first, tool === 'skopeo' ? '--version' : 'version'], {
    env: { HOME: '/nonexistent', ...env },
  });
  return /\d+\.\d+\.\d+\S*/.exec(output)?.[0] ?? output.trim();
}

/** Who both registries are, for a copy of one image. */
export interface Registries {
  /** host:port */
  readonly hosts: readonly string[];
  /** Certificate authorities in PEM; undefined for plain HTTP. */
  readonly caFile?: string | undefined;
}

export interface ImageCommand {
  /** Source and destination follow as the last two arguments. */
  readonly args: readonly string[];
  /** Before each reference. */
  readonly prefix: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The command with which an image tool copies one image under its own digest to a tag. */
export function imageCommand(tool: ImageTool, { hosts, caFile }: Registries): ImageCommand {
  const isPlain = caFile === undefined;
  // All of them are Go programs, which trust the authorities in this file.
  const env: Record<string, string> = isPlain ? {} : { SSL_CERT_FILE: caFile };
  const plain = (...args: readonly string[]) => (isPlain ? args : []);
  const args: Readonly<Record<ImageTool, readonly string[]>> = {
    crane: ['copy', ...plain('--insecure')],
    oras: ['cp', '--no-tty', ...plain('--from-plain-http', '--to-plain-http')],
    regctl: ['image', 'copy', ...hosts.flatMap((host) => plain('--host', `reg=${host},tls=disabled`))],
    skopeo: [
      '--insecure-policy',
      'copy',
      '--quiet',
      '--preserve-digests',
      ...plain('--src-tls-verify=false', '--dest-tls-verify=false'),
    ],
  };
  return { args: args[tool], prefix: tool === 'skopeo' ? 'docker://' : '', env };
}
