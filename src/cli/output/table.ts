import { cliError } from '../errors.ts';

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

/**
 * Formats a table as aligned text with a heading.
 * @param only columns to show, by case-insensitive title, in the table's order; empty for all
 * @throws cli.unknown-column
 */
export function formatTable(table: Table, only: readonly string[] = []): string {
  const columns = table.columns.map((column, index) => ({ ...column, index }));
  const shown = only.length === 0 ? columns : columns.filter(({ title }) => only.some((name) => same(name, title)));
  const unknown = only.find((name) => !columns.some(({ title }) => same(name, title)));
  if (unknown !== undefined) {
    throw cliError('unknown-column', { column: unknown, columns: columns.map(({ title }) => title).join(', ') });
  }
  const rows = [
    shown.map(({ title }) => title),
    ...table.rows.map((row) => shown.map(({ index }) => row[index] ?? '')),
  ];
  const widths = shown.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows
    .map((row) =>
      shown
        .map(({ align }, index) => {
          const [cell = '', width = 0] = [row[index], widths[index]];
          return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function same(name: string, title: string): boolean {
  return name.trim().toLowerCase().replaceAll('_', ' ') === title.toLowerCase();
}
