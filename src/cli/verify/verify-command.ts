import { formatBytes, formatCount } from '../../base/format.ts';
import type { EntryStatus, VerifyProgress } from '../../carvel/archive/verification.ts';
import { verificationDocument } from '../../relocation/archive/verification-document.ts';
import { verifyExport } from '../../relocation/archive/signed-export.ts';
import type { ExportVerification } from '../../relocation/archive/signed-export.ts';
import { signerText } from '../copy/plan-text.ts';
import { requireSignatureFlag } from '../flags/signature-flags.ts';
import type { Command, CommandContext } from '../command.ts';
import { USAGE } from '../usage.ts';
import { cliError } from '../errors.ts';
import { GLOBAL_FLAGS } from '../flags/flag.ts';
import { percent } from '../output/progress-line.ts';
import { refuseArguments } from '../command.ts';
import { printable } from '../../base/printable.ts';
import { isFaulty } from '../../carvel/archive/verification.ts';
import { formatTable } from '../output/table.ts';

/** Milliseconds between two updates of the progress line. */
const INTERVAL = 100;

/** `carvel-airgap verify`: checks that a tar is complete and undamaged. */
export const verifyCommand: Command = {
  name: 'verify',
  help: {
    summary:
      'Reads every layer of a tar, or every blob of an OCI image layout, and reports what is missing, zero-filled, truncated, damaged or unused.',
    usage: USAGE.verify,
    groups: [{ title: 'Flags', flags: [requireSignatureFlag('the tar')] }, GLOBAL_FLAGS],
    notes: ['Exit code: 0 if the tar is valid, 1 otherwise. A truncated tar is verified up to its end.'],
  },
  jsonMode: () => 'document',
  canceled: 'Canceled. The tar was not read completely.',
  run: verify,
};

async function verify({ values, rest, console, signal }: CommandContext): Promise<0 | 1> {
  const [path] = rest;
  if (path === undefined)
    throw cliError('missing-argument', {
      command: 'verify',
      what: 'a tar or an OCI image layout',
      usage: USAGE.verify[0],
    });
  refuseArguments('verify', rest, 1);
  let shownAt = 0;
  const onProgress = (progress: VerifyProgress) => {
    const now = performance.now();
    if (now - shownAt < INTERVAL && progress.bytesDone < progress.bytesTotal) return;
    shownAt = now;
    console.progress(progressText(progress));
  };
  const verification = await verifyExport(path, { signal, onProgress }, values.list('require-signature'));
  if (console.mode === 'document') console.document(verificationDocument(verification));
  else console.result(verificationText(verification, values.list('column')));
  return verification.isValid ? 0 : 1;
}

function progressText({ bytesDone, bytesTotal, entriesDone, entriesTotal }: VerifyProgress): string {
  const bytes = `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
  return `${percent(bytesDone, bytesTotal)} % · ${bytes} · entries ${entriesDone}/${entriesTotal}`;
}

const STATUS: Readonly<Record<EntryStatus, string>> = {
  ok: 'ok',
  missing: 'missing',
  'zero-filled': 'zero-filled',
  cut: 'truncated',
  'wrong-size': 'wrong size',
  'wrong-digest': 'wrong digest',
  extra: 'extra',
  invalid: 'invalid',
  skipped: 'skipped (non-distributable)',
  omitted: 'omitted (in the base)',
};

/** The result for people: a row per entry and a conclusion. */
function verificationText(verification: ExportVerification, columns: readonly string[]): string {
  const { entries, path, isValid, images, base, damage } = verification;
  const table = {
    columns: [{ title: 'Status' }, { title: 'Size', align: 'right' as const }, { title: 'Entry' }, { title: 'Detail' }],
    rows: entries.map((entry) => {
      const { status, bytes, name, detail, neededBy } = entry;
      return [
        STATUS[status],
        formatBytes(bytes),
        printable(name),
        [detail ?? '', !isFaulty(entry) || neededBy.length === 0 ? '' : `needed by ${neededBy.join(', ')}`]
          .filter((part) => part !== '')
          .map((part) => printable(part, 2000))
          .join('; '),
      ];
    }),
  };
  const bad = entries.filter(isFaulty).length;
  return [
    formatTable(table, columns),
    ...(damage === undefined ? [] : [`The tar is damaged: ${printable(damage)}`]),
    ...(base === undefined ? [] : [`It is a delta since ${printable(base.name)} (${base.digest})`]),
    ...signerText(verification),
    isValid
      ? `${path} is valid: ${formatCount(images, 'image')}, ${entries.length} entries`
      : `${path} is not valid: ${bad} of ${entries.length} entries missing or damaged`,
  ].join('\n');
}
