import { isRecord } from '../base/json.ts';

/** Bytes read from the source, and sent to the destination, in one interval. */
export type TransferSample = readonly [read: number, sent: number];

/** `retry`: a request failed and was repeated; `wait`: a registry asked to wait. */
export type TransferMarkKind = 'retry' | 'wait';

export interface TransferMark {
  readonly kind: TransferMarkKind;
  /** Milliseconds since the start, as in the samples. */
  readonly at: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Several with the same text within an interval are one mark. */
  readonly count: number;
  /** How long the registry asked to wait; for a retry, when it follows. */
  readonly seconds?: number;
  /** What happened; text of a registry. */
  readonly text: string;
}

/**
 * What a relocation transferred, over the time that it ran: the time between two attempts is left out. Its size is
 * bounded, because the interval grows with the time. Plain data.
 */
export interface TransferHistory {
  /** Milliseconds that each sample covers. */
  readonly interval: number;
  readonly samples: readonly TransferSample[];
  readonly marks: readonly TransferMark[];
}

/** Milliseconds; the shortest interval. */
const INTERVAL = 1000;
const MAX_SAMPLES = 240;
const MAX_MARKS = 100;
/** Characters of the text of a mark. */
const MAX_TEXT = 300;
/** Milliseconds; what is reported after a longer time was transferred at its end, because a stall is not reported. */
const LONGEST_REPORT = 4000;
/** Milliseconds; three years. */
const LONGEST = 1e11;

export const NO_TRANSFER: TransferHistory = { interval: INTERVAL, samples: [], marks: [] };

/**
 * Adds what was transferred between two times, spread evenly.
 * @param from milliseconds since the start
 */
export function addTransfer(
  history: TransferHistory,
  from: number,
  to: number,
  [read, sent]: TransferSample,
): TransferHistory {
  const end = Math.min(Math.max(0, to), LONGEST);
  const since = end - from > LONGEST_REPORT ? end - INTERVAL : Math.min(from, end - 1);
  const start = Math.max(0, since);
  const { interval, samples } = withRoom(history, end);
  const changed = [...samples];
  while (changed.length <= Math.floor(Math.max(0, end - 1) / interval)) changed.push([0, 0]);
  let spread = { read: 0, sent: 0 };
  for (let index = Math.floor(start / interval); index < changed.length; index++) {
    const part = Math.min(1, ((index + 1) * interval - start) / Math.max(1, end - start));
    // Rounded so that the sum stays exact.
    const until = { read: Math.round(read * part), sent: Math.round(sent * part) };
    const [readBefore = 0, sentBefore = 0] = changed[index] ?? [];
    changed[index] = [readBefore + until.read - spread.read, sentBefore + until.sent - spread.sent];
    spread = until;
  }
  return { ...history, interval, samples: changed };
}

/** Adds a mark, or counts it with the last one like it if that is near, or if there are too many. */
export function addMark(history: TransferHistory, mark: Omit<TransferMark, 'count'>): TransferHistory {
  const { marks, interval } = history;
  const text = mark.text.slice(0, MAX_TEXT);
  const isFull = marks.length >= MAX_MARKS;
  const position = marks.findLastIndex((each) => each.kind === mark.kind && (isFull || each.text === text));
  const last = marks[position] ?? (isFull ? marks.at(-1) : undefined);
  if (last === undefined || (!isFull && mark.at - last.at >= interval)) {
    return { ...history, marks: [...marks, { ...mark, text, count: 1 }] };
  }
  const counted = { ...last, count: last.count + 1 };
  return { ...history, marks: marks.map((each) => (each === last ? counted : each)) };
}

/** Merges pairs of samples until there is room for one at a time. */
function withRoom({ interval, samples }: TransferHistory, time: number): Pick<TransferHistory, 'interval' | 'samples'> {
  let room = { interval, samples };
  while (Math.ceil(time / room.interval) > MAX_SAMPLES) {
    const merged: TransferSample[] = [];
    for (let index = 0; index < room.samples.length; index += 2) {
      const [read = 0, sent = 0] = room.samples[index] ?? [];
      const [moreRead = 0, moreSent = 0] = room.samples[index + 1] ?? [];
      merged.push([read + moreRead, sent + moreSent]);
    }
    room = { interval: room.interval * 2, samples: merged };
  }
  return room;
}

/** Parses a stored history; undefined if it is not one. */
export function parseTransferHistory(value: unknown): TransferHistory | undefined {
  if (!isRecord(value)) return undefined;
  const { interval, samples, marks } = value;
  if (!isAmount(interval) || interval < INTERVAL || !Array.isArray(samples) || !Array.isArray(marks)) return undefined;
  if (samples.length > MAX_SAMPLES || marks.length > MAX_MARKS || !samples.every(isSample)) return undefined;
  return { interval, samples, marks: marks.flatMap((mark) => parseTransferMark(mark) ?? []) };
}

/** Parses a stored mark; undefined if it is not one. */
export function parseTransferMark(value: unknown): TransferMark | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, at, time, count, seconds, text } = value;
  if ((kind !== 'retry' && kind !== 'wait') || !isAmount(at) || !isAmount(time) || typeof text !== 'string') {
    return undefined;
  }
  if (at > LONGEST || time > 8.64e15) return undefined;
  const wait = isAmount(seconds) ? { seconds } : {};
  return { kind, at, time, count: isAmount(count) ? count : 1, ...wait, text: text.slice(0, MAX_TEXT) };
}

function isSample(value: unknown): value is TransferSample {
  return Array.isArray(value) && value.length === 2 && value.every(isAmount);
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** The sum of what was transferred. */
export function transferred({ samples }: TransferHistory): { read: number; sent: number } {
  const sum = { read: 0, sent: 0 };
  for (const [read, sent] of samples) {
    sum.read += read;
    sum.sent += sent;
  }
  return sum;
}

/** Bytes per second over the last seconds before a time in milliseconds. */
export function lastRates(history: TransferHistory, elapsed: number): { read: number; sent: number } {
  const { interval, samples } = history;
  const from = Math.max(0, Math.floor((elapsed - 5000) / interval));
  const sum = transferred({ ...history, samples: samples.slice(from) });
  const seconds = Math.max(1000, elapsed - from * interval) / 1000;
  return { read: sum.read / seconds, sent: sum.sent / seconds };
}

/** A row of the table: what was transferred between two times in milliseconds. */
export interface TransferRow {
  readonly from: number;
  readonly to: number;
  readonly read: number;
  readonly sent: number;
  /** Number of retries and waits in it. */
  readonly retries: number;
  readonly waits: number;
}

/** The history in a few rows of the same, round duration. */
export function transferRows({ interval, samples, marks }: TransferHistory, elapsed: number): TransferRow[] {
  const step = timeStep(elapsed, 20);
  const rows = Array.from({ length: Math.max(1, Math.ceil(elapsed / step)) }, (_, row) => {
    const [from, to] = [row * step, Math.min((row + 1) * step, elapsed)];
    return { from, to, read: 0, sent: 0, retries: 0, waits: 0 };
  });
  const rowAt = (time: number) => rows[Math.min(rows.length - 1, Math.floor(time / step))];
  for (const [index, [read, sent]] of samples.entries()) {
    const row = rowAt(index * interval);
    if (row === undefined) continue;
    row.read += read;
    row.sent += sent;
  }
  for (const { kind, at, count } of marks) {
    const row = rowAt(at);
    if (row === undefined) continue;
    if (kind === 'retry') row.retries += count;
    else row.waits += count;
  }
  return rows;
}

/** Seconds. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** A round duration in milliseconds that divides a time into at most `most` parts. */
export function timeStep(elapsed: number, most: number): number {
  const step = STEPS.find((seconds) => elapsed / (seconds * 1000) <= most);
  return step === undefined ? Math.ceil(elapsed / most / 86_400_000) * 86_400_000 : step * 1000;
}

/** The smallest of 1, 2 and 5 times a power of ten that is not less. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((factor) => value <= factor * power) ?? 10) * power;
}
