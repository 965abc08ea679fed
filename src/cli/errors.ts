import { errorFamily } from '../base/errors.ts';

/** Errors of the command line. Texts in the words of imgpkg where it has the same refusal. */
export const cliError = errorFamily('cli', {
  'unknown-command': {
    text: "Unknown command '{command}'",
    remedy: "Did you mean '{nearest}'? Run carvel-airgap --help.",
  },
  'unknown-flag': { text: 'unknown flag: {flag}', remedy: "Did you mean '{nearest}'? --help lists all flags." },
  'unknown-shorthand': { text: "unknown shorthand flag: '{letter}' in {argument}", remedy: '--help lists all flags.' },
  'flag-argument': { text: 'flag needs an argument: {flag}', remedy: 'Write the value after it.' },
  'flag-value': {
    text: 'invalid argument "{value}" for "{flag}" flag: {reason}',
    remedy: '--help says what it takes.',
  },
  'extra-arguments': {
    text: "command 'carvel-airgap {command}' does not accept extra arguments '{arguments}'",
    remedy: 'Leave them out, or put a value that has spaces in quotes. A boolean flag takes its value after =.',
  },
  'missing-argument': { text: "command 'carvel-airgap {command}' needs {what}", remedy: '{usage}' },
  'one-source': {
    text: 'Expected either --lock, --bundle (-b), --image (-i), or --tar as a source',
    remedy: 'Give one of them, and only one.',
  },
  'one-destination': {
    text: 'Expected either --to-tar or --to-repo',
    remedy: 'Give the destination with one of them, and only one.',
  },
  'tar-to-tar': {
    text: 'Cannot use tar source (--tar) with tar destination (--to-tar)',
    remedy: 'Copy the file itself, or copy it into a registry with --to-repo.',
  },
  'lock-output-with-tar': {
    text: 'Cannot output lock file with tar destination',
    remedy: 'The lock names a registry: write it when the tar is copied into one.',
  },
  'retry-failed-alone': {
    text: 'Cannot use {flag} with --retry-failed',
    remedy: 'Leave it out: the report says what is copied, and where to.',
  },
  'report-invalid': {
    text: 'The report {path} can not be used: {reason}',
    remedy: 'Give a file that copy --report wrote.',
  },
  'ignore-bundle-check-with-bundle': {
    text: 'Cannot set --ignore-bundle-check while using -b flag',
    remedy: 'It belongs to -i.',
  },
  'ca-certificate': {
    text: "Creating registry HTTP transport: Reading CA certificates from '{path}': {reason}",
    remedy: 'Give --registry-ca-cert-path a file with certificates in PEM.',
  },
  'no-root-for-lock': {
    text: 'Unable to determine correct root bundle to use for lock-output. hint: if copying from a tarball, try re-generating the tarball',
    remedy:
      'Everything was copied; only the lock can not be written, since the tar does not say which bundle is its root.',
  },
  'unknown-column': { text: "There is no column '{column}'", remedy: 'The columns are: {columns}.' },
  'program-missing': {
    text: 'There is no {program} on the PATH, which {flag} needs',
    remedy: 'Install it (https://carvel.dev), or leave out {flag}.',
  },
  'file-unreadable': { text: 'The file {path} can not be read: {reason}', remedy: 'Check the path and its rights.' },
  'output-unwritable': {
    text: 'The results can not be written to standard output: {reason}',
    remedy: 'Make room where standard output goes, and run the command again.',
  },
  'file-unwritable': { text: 'The file {path} can not be written: {reason}', remedy: 'Check the path and its rights.' },
});
