import { isAbort } from '../base/errors.ts';
import { writingReason } from '../base/output-file.ts';
import { observeRequests } from '../oci/network.ts';
import { auditCommand } from './audit/audit-command.ts';
import type { Command } from './command.ts';
import { copyCommand } from './copy/copy-command.ts';
import { describeCommand } from './describe/describe-command.ts';
import { discardCommand } from './discard/discard-command.ts';
import { cliError } from './errors.ts';
import type { FlagValues } from './flags/flag.ts';
import { GLOBAL_FLAGS } from './flags/flag.ts';
import { formatHelp } from './command.ts';
import { nearest, parseFlags, splitCommand } from './flags/parse-flags.ts';
import { Console } from './output/console.ts';
import type { OutputMode } from './output/console.ts';
import { watchOutput } from './output/progress-line.ts';
import { imageCommand } from './image/image-command.ts';
import { mcpCommand } from './mcp/mcp-command.ts';
import { jobPodCommand } from './in-cluster/job-pod-command.ts';
import { inventoryCommand } from './inventory/inventory-command.ts';
import { pruneCommand } from './sync/prune-command.ts';
import { syncCommand } from './sync/sync-command.ts';
import { verifyCommand } from './verify/verify-command.ts';
import { VERSION } from '../base/version.ts';

export const COMMANDS: readonly Command[] = [
  copyCommand,
  syncCommand,
  pruneCommand,
  discardCommand,
  describeCommand,
  verifyCommand,
  inventoryCommand,
  auditCommand,
  imageCommand,
  mcpCommand,
  jobPodCommand,
];

const PUBLIC = COMMANDS.filter(({ isInternal }) => isInternal !== true);

/** Runs the command line and sets the exit code: 0 for success, 1 if anything failed or is wrong. */
export async function run(args: readonly string[]): Promise<void> {
  const { command: name, args: own } = splitCommand(args, GLOBAL_FLAGS.flags);
  const command = COMMANDS.find((each) => each.name === name);
  watchOutput(process.stdout, process.stderr, (error) => {
    // Set on exit, because the error may occur before or after the command sets its own exit code.
    process.on('exit', () => (process.exitCode = 1));
    consoleOf('text').error(cliError('output-unwritable', { reason: writingReason(error) }, error));
  });
  try {
    if (command !== undefined) await runCommand(command, own);
    else process.stdout.write(withoutCommand(name, own));
  } catch (error) {
    // The arguments cannot be parsed, so no output mode is known yet.
    process.exitCode = 1;
    consoleOf('text').error(error);
  }
}

async function runCommand(command: Command, args: readonly string[]): Promise<void> {
  const { values, rest } = parseFlags(
    command.help.groups.flatMap(({ flags }) => flags),
    args,
  );
  if (values.boolean('help') === true) {
    process.stdout.write(formatHelp(command.help));
    return;
  }
  const console = consoleOf(values.boolean('json') === true ? command.jsonMode(values) : 'text', values);
  const controller = new AbortController();
  const pause = new AbortController();
  const onSignal = () => {
    // Another Ctrl-C exits at once.
    if (controller.signal.aborted) process.exit(1);
    if (command.stopping === undefined || pause.signal.aborted) return controller.abort();
    pause.abort();
    console.stopping(command.stopping);
  };
  const endDebug = values.boolean('debug') === true ? debugRequests(console) : () => undefined;
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const context = { values, rest, console, environment: process.env, signal: controller.signal, pause: pause.signal };
    process.exitCode = await command.run(context);
  } catch (error) {
    process.exitCode = 1;
    if (isAbort(error)) console.canceled(command.canceled);
    else console.error(error);
  } finally {
    endDebug();
    console.flush();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

function consoleOf(mode: OutputMode, values?: FlagValues): Console {
  const color = (values?.boolean('color') ?? true) && (process.env['NO_COLOR'] ?? '') === '';
  return new Console(process.stdout, process.stderr, { mode, tty: values?.boolean('tty') ?? false, color });
}

function debugRequests(console: Console): () => void {
  return observeRequests(({ method, url, status, milliseconds }) =>
    console.debug(`debug | ${method} ${url} ${status ?? 'no answer'} ${milliseconds} ms`),
  );
}

function withoutCommand(name: string | undefined, args: readonly string[]): string {
  const { values, rest } = parseFlags([...GLOBAL_FLAGS.flags, { name: 'version', kind: 'boolean', help: '' }], args);
  if (name === 'version' || values.boolean('version') === true) return `carvel-airgap version ${VERSION}\n`;
  if (name === 'help') {
    const command = COMMANDS.find((each) => each.name === rest[0]);
    if (command !== undefined) return formatHelp(command.help);
  } else if (name !== undefined) {
    const names = [...PUBLIC.map((each) => each.name), 'version', 'help'];
    throw cliError('unknown-command', { command: name, nearest: nearest(name, names) ?? 'help' });
  }
  return formatHelp({
    summary: 'Relocates Carvel bundles into air-gapped registries.',
    usage: [...PUBLIC.flatMap(({ help }) => help.usage), 'carvel-airgap version'],
    groups: [GLOBAL_FLAGS],
    notes: ['carvel-airgap COMMAND --help shows the flags of a command.'],
  });
}
