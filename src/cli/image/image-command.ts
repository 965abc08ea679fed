import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { formatBytes } from '../../base/format.ts';
import { VERSION } from '../../base/version.ts';
import { parseRepository } from '../../oci/reference.ts';
import { InProcessEngine } from '../../relocation/in-process-engine.ts';
import type { RelocationReport } from '../../relocation/report/report.ts';
import { refuseArguments } from '../command.ts';
import type { Command, CommandContext } from '../command.ts';
import { USAGE } from '../usage.ts';
import { connectionOf, stateFolder } from '../connection.ts';
import { cliCredentials } from '../credentials.ts';
import { cliError } from '../errors.ts';
import { GLOBAL_FLAGS } from '../flags/flag.ts';
import type { FlagGroup } from '../flags/flag.ts';
import { REGISTRY_FLAGS } from '../flags/registry-flags.ts';
import { checkNamedFiles, writeNamedFile } from '../output-file.ts';
import { buildImage } from './build-image.ts';

const OWN_FLAGS: FlagGroup = {
  title: 'Flags',
  flags: [
    { name: 'to-tag', kind: 'text', value: 'TAG', help: `Tag of the image (default ${VERSION})` },
    {
      name: 'oci',
      kind: 'text',
      value: 'PATH',
      help: 'With push: an image that image build has written, on another machine for example',
    },
  ],
};

/** `carvel-airgap image`: builds a container image of the command line, and pushes it. */
export const imageCommand: Command = {
  name: 'image',
  help: {
    summary: 'Builds a container image of this command line, without Docker, and pushes it to a registry.',
    usage: USAGE.image,
    groups: [OWN_FLAGS, REGISTRY_FLAGS, GLOBAL_FLAGS],
    notes: [
      'The image contains the Node that runs the command, its shared libraries and carvel-airgap, and runs as a user other than root. It is for the platform on which it is built, which must be Linux.',
      'The same Node, libraries and version always give the same digest; set SOURCE_DATE_EPOCH to give the image a time of creation.',
    ],
  },
  jsonMode: () => 'document',
  canceled: 'Canceled.',
  run: image,
};

async function image(context: CommandContext): Promise<0 | 1> {
  const [action, target, ...others] = context.rest;
  if (action !== 'build' && action !== 'push') {
    throw cliError('missing-argument', { command: 'image', what: '“build” or “push”', usage: USAGE.image.join('\n') });
  }
  refuseArguments(`image ${action}`, others);
  if (action === 'build') await build(target, context);
  else await push(target, context);
  return 0;
}

function tagOf({ values }: CommandContext): string {
  return values.text('to-tag') ?? VERSION;
}

async function build(target: string | undefined, context: CommandContext): Promise<void> {
  const { values, console, environment, signal } = context;
  if (values.text('oci') !== undefined) throw cliError('image-oci-built');
  const path = target ?? `carvel-airgap-${VERSION}-linux-${process.arch}.tar`;
  await checkNamedFiles([path]);
  const { bytes, ...built } = await buildImage(tagOf(context), environment, signal);
  await writeNamedFile(path, bytes);
  if (console.mode === 'document') console.document({ kind: 'ImageBuilt', path, ...built, size: bytes.byteLength });
  else {
    const what = `${built.digest} (${built.platform}, ${formatBytes(bytes.byteLength)})`;
    console.result(`Image ${what} written to ${path}`);
  }
}

async function push(target: string | undefined, context: CommandContext): Promise<void> {
  const { values, environment, signal } = context;
  if (target === undefined) {
    throw cliError('missing-argument', { command: 'image push', what: 'a repository', usage: USAGE.image.join('\n') });
  }
  parseRepository(target);
  const given = values.text('oci');
  if (given !== undefined) return finish(await copy(given, target, context), context);
  const folder = await mkdtemp(join(tmpdir(), 'carvel-airgap-image-'));
  try {
    const path = join(folder, 'image.tar');
    const { bytes } = await buildImage(tagOf(context), environment, signal);
    await writeFile(path, bytes, { flag: 'wx', mode: 0o600 });
    finish(await copy(path, target, context), context);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copy(path: string, repository: string, context: CommandContext): Promise<RelocationReport> {
  const { values, console, environment, signal } = context;
  const connection = await connectionOf(values, environment);
  const credentials = cliCredentials(values, environment, (text) => console.warn(text));
  const engine = new InProcessEngine({ connection, credentials, stateFolder: stateFolder(environment) });
  const planned = await engine.plan(
    {
      source: { kind: 'archive', path, format: 'oci' },
      destination: { kind: 'repository', repository },
      ...(values.text('to-tag') === undefined ? {} : { options: { toTag: tagOf(context) } }),
    },
    { signal, onEvent: console.listener(), depth: 'run' },
  );
  return planned.run({ signal, onEvent: console.listener() });
}

function finish({ destination, results = [], tags, bytes }: RelocationReport, { console }: CommandContext): void {
  const references = results.map(({ digest }) => `${destination}@${digest}`);
  if (console.mode === 'document') {
    console.document({ kind: 'ImagePushed', references, tags, bytesCopied: bytes.copied });
    return;
  }
  console.result(
    [...references.map((each) => `Pushed ${each}`), ...tags.map((tag) => `Tagged ${destination}:${tag}`)].join('\n'),
  );
}
