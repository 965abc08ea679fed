import { isAbort } from '../base/errors.ts';
import { Console } from './console.ts';
import { COPY_FLAGS, helpText } from './copy-flags.ts';
import { copyCommand } from './copy-command.ts';
import { cliError } from './errors.ts';
import { parseFlags } from './flags.ts';
import { VERSION } from './version.ts';

/** The whole command line. Sets the process's exit code: 0 done, 1 anything failed. */
export async function run(args: readonly string[]): Promise<void> {
  const console = new Console(process.stdout, process.stderr);
  const controller = new AbortController();
  const onSignal = () => {
    // The second Ctrl-C ends the process at once.
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    await dispatch(args, console, controller.signal);
  } catch (error) {
    process.exitCode = 1;
    if (isAbort(error)) console.cancelled();
    else console.error(error);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

async function dispatch([command, ...rest]: readonly string[], console: Console, signal: AbortSignal): Promise<void> {
  switch (command) {
    case 'copy': {
      const flags = parseFlags(COPY_FLAGS, rest);
      if (flags.boolean('help') === true) process.stdout.write(helpText());
      else await copyCommand(flags, console, signal);
      return;
    }
    case 'version':
    case '--version':
      process.stdout.write(`carvel-airgap version ${VERSION}\n`);
      return;
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(helpText());
      return;
    default:
      throw cliError('unknown-command', { command });
  }
}
