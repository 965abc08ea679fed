import { errorFamily } from '../base/errors.ts';

/** Errors of the command line, in imgpkg's wording if it has the same error. */
export const cliError = errorFamily('cli', {
  'unknown-command': {
    text: "Unknown command '{command}'",
    remedy: "Did you mean '{nearest}'? Run carvel-airgap --help.",
  },
  'unknown-flag': { text: 'unknown flag: {flag}', remedy: "Did you mean '{nearest}'? --help lists all flags." },
  'unknown-shorthand': { text: "unknown shorthand flag: '{letter}' in {argument}", remedy: '--help lists all flags.' },
  'needs-to-tar': {
    text: 'Cannot use {flag} without --to-tar',
    remedy: 'Omit it: a copy to a repository never sends what is already there.',
  },
  'delta-in-layout': {
    text: 'Cannot use --since with --to-oci: other tools expect an OCI image layout to be complete',
    remedy: 'Write the delta with --to-tar, or omit --since.',
  },
  'prune-without-plan': {
    text: 'Cannot use --prune without --plan',
    remedy: 'Make a list with --prune --plan --lock LOCK -o LIST, review it, and apply it with prune --apply LIST.',
  },
  'prune-without-lock': {
    text: 'Cannot use --prune without --lock',
    remedy: 'Name the lock of the earlier syncs: only what it records can be pruned.',
  },
  'prune-alone': {
    text: 'Cannot use {flag} without --prune',
    remedy: 'Omit it, or add --prune --plan.',
  },
  'needs-policy': {
    text: 'Cannot use --policy-mode without --policy',
    remedy: 'Name the policy with --policy, or omit --policy-mode.',
  },
  'mcp-missing': {
    text: 'This installation has no tools for agents: mcp-sdk.cjs is missing',
    remedy: 'Install carvel-airgap from its npm package; the container image contains only the other commands.',
  },
  'needs-allow-copy': {
    text: 'Cannot use --client-confirms without --allow-copy',
    remedy: 'Add --allow-copy, or omit it.',
  },
  'needs-tar': {
    text: 'Cannot use {flag} without --tar and --to-repo',
    remedy: 'Omit it: it is about the import of a tar.',
  },
  'nothing-to-sign': {
    text: 'Cannot use --sign without --to-tar, --to-oci or --receipt',
    remedy: 'Omit it: images keep their own signatures. Or write a receipt with --receipt, which it signs.',
  },
  'signed-by-alone': {
    text: 'Cannot use --signed-by without --sign and --to-tar or --to-oci',
    remedy: 'Add --sign KEY: anyone can change a name that is not signed.',
  },
  'nothing-signed': {
    text: 'Cannot use --require-signature without --tar, --oci or --since',
    remedy: 'Omit it: it is about signed files. The signatures of images are up to the cluster.',
  },
  'no-signed-receipt': {
    text: 'Cannot use --require-receipt-signature without --after',
    remedy: 'Add --after RECEIPT. For the receipt of --since, use --require-signature.',
  },
  'flag-argument': { text: 'flag needs an argument: {flag}', remedy: 'Add a value.' },
  'flag-value': {
    text: 'invalid argument "{value}" for "{flag}" flag: {reason}',
    remedy: '--help says what it takes.',
  },
  'extra-arguments': {
    text: "command 'carvel-airgap {command}' does not accept extra arguments '{arguments}'",
    remedy: 'Omit them, or quote a value that contains spaces. A boolean flag takes its value after =.',
  },
  'missing-argument': { text: "command 'carvel-airgap {command}' needs {what}", remedy: '{usage}' },
  'one-source': {
    text: 'Expected either --lock, --bundle (-b), --image (-i), or --tar as a source',
    remedy: 'Set exactly one of them.',
  },
  'one-destination': {
    text: 'Expected either --to-tar or --to-repo',
    remedy: 'Set exactly one of them.',
  },
  'tar-to-tar': {
    text: 'Cannot use tar source (--tar) with tar destination (--to-tar)',
    remedy: 'Copy the file itself, or copy it into a registry with --to-repo.',
  },
  'lock-output-with-tar': {
    text: 'Cannot output lock file with tar destination',
    remedy: 'A lock contains a registry: write it when the tar is copied to one.',
  },
  'retry-failed-alone': {
    text: 'Cannot use {flag} with --retry-failed',
    remedy: 'Omit it: the report specifies the source and the destination.',
  },
  'retry-not-scanned': {
    text: 'The copy that {path} reports ran {command} before it wrote anything',
    remedy: 'Name the command again with --before-tag: a command in a report is not run.',
  },
  'report-invalid': {
    text: 'Cannot use the report {path}: {reason}',
    remedy: 'Use a file that copy --report wrote.',
  },
  'ignore-bundle-check-with-bundle': {
    text: 'Cannot set --ignore-bundle-check while using -b flag',
    remedy: 'Use it with -i.',
  },
  'ca-certificate': {
    text: "Creating registry HTTP transport: Reading CA certificates from '{path}': {reason}",
    remedy: 'Set --registry-ca-cert-path to a file with PEM certificates.',
  },
  'no-root-for-lock': {
    text: 'Unable to determine correct root bundle to use for lock-output. hint: if copying from a tarball, try re-generating the tarball',
    remedy: 'Everything was copied, but the lock cannot be written, because the tar does not record its root bundle.',
  },
  'image-needs-linux': {
    text: 'Cannot build the image on {platform}: it contains the Node that runs this command, which must be that of Linux',
    remedy: 'Build it on Linux with carvel-airgap image build FILE, and push it from here with --oci FILE.',
  },
  'image-oci-built': {
    text: 'Cannot use --oci with image build',
    remedy: 'Omit it, or push that image with carvel-airgap image push REPO --oci PATH.',
  },
  'in-cluster-alone': {
    text: 'Cannot use {flag} without --in-cluster',
    remedy: 'Add --in-cluster CONTEXT, or omit it.',
  },
  'in-cluster-unsupported': {
    text: 'Cannot use {flag} with --in-cluster',
    remedy:
      'The pods copy a bundle or an image (-b, -i), or the entries of a file, from one registry to another. Omit one of the two flags.',
  },
  'schedule-alone': {
    text: 'Cannot use {flag} without --schedule',
    remedy: 'Add --schedule, or omit it.',
  },
  'schedule-unsupported': {
    text: 'Cannot sync {path} on a schedule: {reason}',
    remedy: 'The pod gets the file and its policies in a ConfigMap, and keeps the lock in a registry.',
  },
  'job-image-missing': {
    text: 'Cannot use --in-cluster without --job-image',
    remedy:
      'carvel-airgap image push REPO pushes the image to a registry from which the cluster pulls. Name it with --job-image.',
  },
  'unknown-column': { text: "There is no column '{column}'", remedy: 'The columns are: {columns}.' },
  'program-missing': {
    text: 'There is no {program} on the PATH, which {flag} needs',
    remedy: 'Install it (https://carvel.dev), or omit {flag}.',
  },
  'file-unreadable': { text: 'Cannot read the file {path}: {reason}', remedy: 'Check the path and its permissions.' },
  'output-unwritable': {
    text: 'Cannot write the results to standard output: {reason}',
    remedy: 'Free some space where standard output is written, and run the command again.',
  },
  'file-unwritable': { text: 'Cannot write the file {path}: {reason}', remedy: 'Check the path and its permissions.' },
});
