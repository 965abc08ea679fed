import { formatBytes } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import { isFaulty } from '../../carvel/archive/verification.ts';
import type { EntryStatus, Verification } from '../../carvel/archive/verification.ts';
import { formatTable } from '../output/table.ts';

const STATUS: Readonly<Record<EntryStatus, string>> = {
  ok: 'ok',
  missing: 'missing',
  'zero-filled': 'zero-filled',
  cut: 'truncated',
  'wrong-size': 'wrong size',
  'wrong-digest': 'wrong digest',
  extra: 'extra',
  invalid: 'invalid',
  'left-out': 'skipped (non-distributable)',
};

/** What was found in a tar, for people: a row for each entry, then what it comes to. */
export function verificationText(verification: Verification, columns: readonly string[]): string {
  const { entries, path, isSound, images, damage } = verification;
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
    isSound
      ? `${path} is valid: ${images} images, ${entries.length} entries`
      : `${path} is not valid: ${bad} of ${entries.length} entries missing or damaged`,
  ].join('\n');
}

/** What was found in a tar, for programs. */
export function verificationDocument({ path, isSound, images, entries, damage }: Verification): object {
  const totals: Partial<Record<EntryStatus, number>> = {};
  for (const { status } of entries) totals[status] = (totals[status] ?? 0) + 1;
  return { kind: 'Verification', path, sound: isSound, images, entries, totals, ...(damage && { damage }) };
}
