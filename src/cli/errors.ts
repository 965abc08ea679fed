import { errorFamily } from '../base/errors.ts';

export const cliError = errorFamily('cli', {
  'unknown-command': { text: "Unknown command '{command}'", remedy: 'Run carvel-airgap --help.' },
  'unknown-flag': { text: "Unknown flag '{flag}'", remedy: "Did you mean '{nearest}'? Run carvel-airgap copy --help." },
  'unexpected-argument': { text: "Unexpected argument '{argument}'", remedy: 'Run carvel-airgap copy --help.' },
  'flag-value': { text: "Flag '{flag}': {reason}", remedy: 'Run carvel-airgap copy --help.' },
  'one-source': {
    text: 'Expected either --lock, --bundle (-b), --image (-i), or --tar as a source',
    remedy: 'Give one of them.',
  },
  'one-destination': { text: 'Expected either --to-tar or --to-repo', remedy: 'Give the destination with --to-repo.' },
  'file-unwritable': { text: 'The file {path} can not be written: {reason}', remedy: 'Check the path and its rights.' },
});
