import { isAbort } from '../base/errors.ts';
import { writingReason } from '../base/output-file.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import type { EarlySignals } from './early-signals.ts';
import { cliError } from './errors.ts';
import type { FlagValues } from './flags/flag.ts';
import { GLOBAL_FLAGS } from './flags/flag.ts';
import { formatHelp } from './command.ts';
import { nearest, parseFlags, splitCommand } from './flags/parse-flags.ts';
import { Console } from './output/console.ts';
import type { OutputMode } from './output/console.ts';
import { watchOutput } from './output/progress-line.ts';
import { VERSION } from '../base/version.ts';

const PUBLIC = COMMANDS.filter(({ isInternal }) => isInternal !== true);

/**
 * Runs the command line and sets the exit code: 0 for success, 1 if anything failed or is wrong.
 * @param early has been listening for signals until now
 */
export async function run(args: readonly string[], early: EarlySignals): Promise<void> {
  const { command: name, args: own } = splitCommand(args, GLOBAL_FLAGS.flags);
  const command = COMMANDS.find((each) => each.name === name);
  watchOutput(process.stdout, process.stderr, (error) => {
    // Set on exit, because the error may occur before or after the command sets its own exit code.
    process.on('exit', () => (process.exitCode = 1));
    consoleOf('text').error(cliError('output-unwritable', { reason: writingReason(error) }, error));
  });
  try {
    if (command !== undefined) await runCommand(await command.load(), own, early);
    else process.stdout.write(await withoutCommand(name, own));
  } catch (error) {
    // The arguments cannot be parsed, so no output mode is known yet.
    process.exitCode = 1;
    consoleOf('text').error(error);
  }
}

async function runCommand(command: Command, args: readonly string[], early: EarlySignals): Promise<void> {
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
  const endDebug = values.boolean('debug') === true ? await debugRequests(console) : () => undefined;
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  if (early.take()) onSignal();
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

async function debugRequests(console: Console): Promise<() => void> {
  const { observeRequests } = await import('../oci/network.ts');
  return observeRequests(({ method, url, status, milliseconds }) =>
    console.debug(`debug | ${method} ${url} ${status ?? 'no answer'} ${milliseconds} ms`),
  );
}

async function withoutCommand(name: string | undefined, args: readonly string[]): Promise<string> {
  const { values, rest } = parseFlags([...GLOBAL_FLAGS.flags, { name: 'version', kind: 'boolean', help: '' }], args);
  if (name === 'version' || values.boolean('version') === true) return `carvel-airgap version ${VERSION}\n`;
  if (name === 'help') {
    const command = COMMANDS.find((each) => each.name === rest[0]);
    if (command !== undefined) return formatHelp((await command.load()).help);
  } else if (name !== undefined) {
    const names = [...PUBLIC.map((each) => each.name), 'version', 'help'];
    throw cliError('unknown-command', { command: name, nearest: nearest(name, names) ?? 'help' });
  }
  return formatHelp({
    summary: 'Relocates Carvel bundles into air-gapped registries.',
    usage: [...PUBLIC.flatMap(({ usage }) => usage), 'carvel-airgap version'],
    groups: [GLOBAL_FLAGS],
    notes: ['carvel-airgap COMMAND --help shows the flags of a command.'],
  });
}
