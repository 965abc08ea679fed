import { formatBytes, formatSeconds } from '../base/format.ts';
import { roundUp, timeStep } from '../map/transfer-history.ts';
import type { TransferMark } from '../map/transfer-history.ts';
import type { TransferBreak, TransferState, TransferTexts } from '../map/transfer-messages.ts';
import { filled } from './dom.ts';

const NAMESPACE = 'http://www.w3.org/2000/svg';
/** Pixels. */
const PANEL = 96;
const GAP = 26;
const TOP = 34;
const BOTTOM = 24;
const LEFT = 84;
const RIGHT = 16;
const HEIGHT = TOP + 2 * PANEL + GAP + BOTTOM;
/** Milliseconds at the end for which nothing has been reported yet. */
const UNKNOWN = 3000;

/** Creates an element of a picture. All text in it is text. */
function shape(name: string, attributes: Readonly<Record<string, string | number>>, text?: string): SVGElement {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/**
 * Draws the throughput over time: above what is read from the source, below what is sent to the destination, on the same
 * scales. Retries, waits and interruptions are marked through both.
 * @param width pixels
 */
export function drawThroughput(texts: TransferTexts, state: TransferState, width: number): SVGSVGElement {
  const { history, elapsed, breaks, limit } = state;
  const { samples, interval, marks } = history;
  const span = Math.max(elapsed, 5000);
  const plot = Math.max(40, width - LEFT - RIGHT);
  const x = (time: number): number => LEFT + (Math.min(time, span) / span) * plot;
  // The last interval has only begun.
  const seconds = (index: number): number => Math.max(1000, Math.min(interval, elapsed - index * interval)) / 1000;
  const rates = samples.map(([read, sent], index) => [read / seconds(index), sent / seconds(index)] as const);
  // What was transferred last is not reported yet; after a few seconds without a report, nothing is transferred.
  const [begun, known] = [(rates.length - 1) * interval, elapsed - UNKNOWN];
  if (state.isRunning && begun > Math.max(known, elapsed - interval)) rates.pop();
  while (rates.length * interval < known) rates.push([0, 0]);
  const most = roundUp(Math.max(1000, ...rates.flat()));
  const y = (bottom: number, rate: number): number => bottom - (Math.min(rate, most) / most) * PANEL;
  const picture = document.createElementNS(NAMESPACE, 'svg');
  const label = filled(texts.chart, formatSeconds(elapsed / 1000), filled(texts.rate, formatBytes(most)));
  for (const [name, value] of Object.entries({ width, height: HEIGHT, role: 'img', 'aria-label': label })) {
    picture.setAttribute(name, String(value));
  }
  const below = TOP + 2 * PANEL + GAP;
  picture.append(...waitBands(marks, x, below), ...timeAxis(span, x, below));
  for (const [side, bottom] of [TOP + PANEL, below].entries()) {
    const title = side === 0 ? texts.read : texts.sent;
    const kind = side === 0 ? 'read' : 'sent';
    const points = rates.map((rate, index): string => {
      const [from, to] = [x(index * interval), x(Math.min((index + 1) * interval, Math.max(elapsed, 1)))];
      const height = y(bottom, rate[side] ?? 0).toFixed(1);
      return `L${from.toFixed(1)} ${height}L${to.toFixed(1)} ${height}`;
    });
    const end = x(Math.min(rates.length * interval, elapsed));
    const line = points.join('').replace(/^L/, 'M');
    picture.append(
      shape('line', { class: 'grid', x1: LEFT, x2: LEFT + plot, y1: bottom - PANEL, y2: bottom - PANEL }),
      shape('line', { class: 'axis', x1: LEFT, x2: LEFT + plot, y1: bottom, y2: bottom }),
      shape('text', { class: 'label', x: LEFT - 6, y: bottom - PANEL + 5, 'text-anchor': 'end' }, rate(texts, most)),
      shape('text', { class: 'label', x: LEFT - 6, y: bottom, 'text-anchor': 'end' }, '0'),
    );
    if (line !== '') {
      picture.append(
        shape('path', {
          class: `area ${kind}`,
          d: `M${LEFT} ${bottom}${points.join('')}L${end.toFixed(1)} ${bottom}Z`,
        }),
        shape('path', { class: `line ${kind}`, d: line }),
      );
    }
    picture.append(shape('text', { class: 'title', x: LEFT + 4, y: side === 0 ? 14 : bottom - PANEL - 7 }, title));
    const bytes = (limit ?? Number.POSITIVE_INFINITY) * 1024 * 1024;
    if (state.isRunning && bytes <= most) {
      const height = y(bottom, bytes);
      picture.append(shape('line', { class: 'limit', x1: LEFT, x2: LEFT + plot, y1: height, y2: height }));
    }
  }
  picture.append(...retryMarks(marks, x, below), ...breakMarks(breaks, x, below));
  return picture;
}

function rate(texts: TransferTexts, bytes: number): string {
  return filled(texts.rate, formatBytes(bytes));
}

function timeAxis(span: number, x: (time: number) => number, below: number): SVGElement[] {
  const step = timeStep(span, 6);
  const times = Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step);
  return times.flatMap((time) => [
    shape('line', { class: 'grid', x1: x(time), x2: x(time), y1: TOP, y2: below }),
    shape('text', { class: 'label', x: x(time), y: below + 17, 'text-anchor': 'middle' }, formatSeconds(time / 1000)),
  ]);
}

function waitBands(marks: readonly TransferMark[], x: (time: number) => number, below: number): SVGElement[] {
  const waits = marks.filter(({ kind }) => kind === 'wait');
  return waits.map(({ at, seconds = 0 }) => {
    const width = Math.max(3, x(at + seconds * 1000) - x(at));
    return shape('rect', { class: 'wait', x: x(at), y: TOP, width, height: below - TOP });
  });
}

/** A line with a triangle on top. */
function retryMarks(marks: readonly TransferMark[], x: (time: number) => number, below: number): SVGElement[] {
  return marks
    .filter(({ kind }) => kind === 'retry')
    .flatMap(({ at }) => {
      const center = x(at);
      return [
        shape('line', { class: 'retry', x1: center, x2: center, y1: TOP, y2: below }),
        shape('path', { class: 'retry', d: `M${center - 5} ${TOP - 9}h10l-5 9Z` }),
      ];
    });
}

/** A dashed line with two bars on top. */
function breakMarks(breaks: readonly TransferBreak[], x: (time: number) => number, below: number): SVGElement[] {
  return breaks.flatMap(({ at }) => {
    const center = x(at);
    return [
      shape('line', { class: 'break', x1: center, x2: center, y1: TOP, y2: below }),
      shape('path', { class: 'break', d: `M${center - 4} ${TOP - 10}h3v10h-3ZM${center + 1} ${TOP - 10}h3v10h-3Z` }),
    ];
  });
}
