import { formatBytes, formatSeconds } from '../base/format.ts';
import { lastRates, transferred, transferRows } from '../map/transfer-history.ts';
import { LIMITS } from '../map/transfer-messages.ts';
import type { ShownBlob, TransferPage, TransferRequest, TransferState } from '../map/transfer-messages.ts';
import { button, element, filled } from './dom.ts';
import { drawThroughput } from './throughput-chart.ts';

/** The page of a running or ended relocation. Controls stay the same elements, so that they keep the focus. */
export class TransferView {
  readonly element: HTMLElement;
  readonly #page: TransferPage;
  readonly #ask: ((request: TransferRequest) => void) | undefined;
  #state: TransferState;
  readonly #status = element('p', { class: 'lead' });
  readonly #announced = element('p', { class: 'unseen', role: 'status' });
  readonly #actions = element('div', { class: 'actions' });
  readonly #totals = element('dl', {});
  readonly #chart = element('div', { class: 'chart' });
  readonly #rows = element('tbody', {});
  readonly #table: HTMLDetailsElement;
  readonly #active = element('div', {});
  readonly #waiting = element('div', {});
  readonly #events = element('ul', { class: 'events' });
  readonly #limit: HTMLElement;
  readonly #slider: HTMLInputElement;
  readonly #limitText = element('output', {});
  /** What each part shows, so that it is only replaced when that changes. */
  readonly #shown = new Map<HTMLElement, string>();

  /** @param ask undefined for a saved page, which has nobody to ask */
  constructor(page: TransferPage, state: TransferState, ask: ((request: TransferRequest) => void) | undefined) {
    const { texts } = page;
    this.#page = page;
    this.#state = state;
    this.#ask = ask;
    this.#slider = element('input', { type: 'range', id: 'limit', min: 0, max: LIMITS.length, step: 1 });
    this.#slider.addEventListener('input', () => this.#showLimit());
    this.#slider.addEventListener('change', () => this.#ask?.({ kind: 'limit', mib: this.#chosenLimit }));
    this.#limit = element(
      'section',
      { class: 'limit' },
      element('h2', {}, element('label', { for: 'limit' }, texts.limit)),
      element('div', {}, this.#slider, ' ', this.#limitText),
      element('p', { class: 'quiet' }, texts.limitHint),
    );
    this.#table = this.#tableOf();
    const legend = element(
      'p',
      { class: 'legend quiet', 'aria-hidden': 'true' },
      ...(['retry', 'wait', 'break'] as const).flatMap((kind) => [
        element('span', { class: `sign ${kind}` }),
        kind === 'retry' ? texts.retry : kind === 'wait' ? texts.wait : texts.interruption,
      ]),
    );
    const header = element(
      'header',
      {},
      element('h1', {}, page.title),
      element('p', { class: 'summary' }, page.summary),
      this.#status,
      this.#announced,
      this.#actions,
    );
    this.element = element(
      'div',
      { class: 'transfer' },
      // A saved report says this above.
      ...(ask === undefined ? [] : [header]),
      element(
        ask === undefined ? 'div' : 'main',
        { class: 'content' },
        section(texts.throughput, this.#totals, this.#chart, legend, this.#table),
        this.#limit,
        section(texts.inTransit, this.#active),
        section(texts.waiting, this.#waiting),
        section(texts.events, this.#events),
      ),
    );
    new ResizeObserver(() => this.#drawChart()).observe(this.#chart);
    this.show(state);
  }

  show(state: TransferState): void {
    const { texts } = this.#page;
    this.#state = state;
    this.#replace(this.#status, state.status, () => [state.status]);
    this.#replace(this.#announced, state.announced, () => [state.announced]);
    const actions = this.#ask === undefined ? [] : state.actions;
    this.#replace(this.#actions, JSON.stringify(actions), () =>
      actions.map(({ id, title }) => button(title, () => this.#ask?.({ kind: 'command', action: id }))),
    );
    this.#drawTotals();
    this.#drawChart();
    this.#drawRows();
    this.#replace(this.#active, JSON.stringify([state.active, state.isRunning]), () =>
      state.active.length === 0 ? [element('p', { class: 'quiet' }, texts.nothingInTransit)] : [this.#blobs()],
    );
    this.#replace(this.#waiting, JSON.stringify([state.waiting, state.waitingText]), () => [
      element('p', { class: 'quiet' }, state.waitingText),
      ...(state.waiting.length === 0 ? [] : [element('ul', {}, ...state.waiting.map((blob) => nextBlob(blob)))]),
    ]);
    for (const each of [this.#active, this.#waiting]) {
      if (each.parentElement !== null) each.parentElement.hidden = !state.isRunning;
    }
    this.#drawEvents();
    this.#limit.hidden = !state.isRunning || this.#ask === undefined;
    // While the slider is used, what it shows is newer.
    if (document.activeElement !== this.#slider || this.#shown.get(this.#limit) !== String(state.limit)) {
      this.#shown.set(this.#limit, String(state.limit));
      this.#slider.value = String(positionOf(state.limit));
      this.#showLimit(state.limit);
    }
  }

  /** Replaces the content of an element if what it shows has changed. */
  #replace(part: HTMLElement, key: string, content: () => readonly (Node | string)[]): void {
    if (this.#shown.get(part) === key) return;
    this.#shown.set(part, key);
    part.replaceChildren(...content());
  }

  get #chosenLimit(): number {
    return LIMITS[Number(this.#slider.value)] ?? 0;
  }

  #showLimit(mib: number | undefined = this.#chosenLimit === 0 ? undefined : this.#chosenLimit): void {
    const { limitValue, noLimit } = this.#page.texts;
    const text = mib === undefined ? noLimit : filled(limitValue, mib);
    this.#limitText.textContent = text;
    this.#slider.setAttribute('aria-valuetext', text);
  }

  #drawTotals(): void {
    const { texts } = this.#page;
    const { history, elapsed, isRunning } = this.#state;
    const [total, now] = [transferred(history), lastRates(history, elapsed)];
    const seconds = Math.max(1, elapsed / 1000);
    const entry = (title: string, sum: number, last: number): HTMLElement => {
      const [average, amount] = [filled(texts.rate, formatBytes(sum / seconds)), formatBytes(sum)];
      const text = isRunning
        ? filled(texts.running, filled(texts.rate, formatBytes(last)), amount, average)
        : filled(texts.ended, amount, average);
      return element('div', {}, element('dt', {}, title), element('dd', {}, text));
    };
    const entries = [entry(texts.read, total.read, now.read), entry(texts.sent, total.sent, now.sent)];
    this.#replace(this.#totals, entries.map(({ textContent }) => textContent).join('\n'), () => entries);
  }

  #drawChart(): void {
    const { clientWidth } = this.#chart;
    if (clientWidth > 0) this.#chart.replaceChildren(drawThroughput(this.#page.texts, this.#state, clientWidth));
  }

  #tableOf(): HTMLDetailsElement {
    const { table, time, read, sent, retry, wait } = this.#page.texts;
    const heads = [time, read, sent, retry, wait].map((title) => element('th', { scope: 'col' }, title));
    const rows = element('table', {}, element('thead', {}, element('tr', {}, ...heads)), this.#rows);
    const made = element('details', {}, element('summary', {}, table), rows);
    made.addEventListener('toggle', () => this.#drawRows());
    return made;
  }

  /** Not with each update, because somebody may be reading it. */
  #drawRows(): void {
    if (!this.#table.open) return;
    const { history, elapsed, isRunning } = this.#state;
    const { rate, times } = this.#page.texts;
    const rows = transferRows(history, elapsed);
    this.#replace(this.#rows, `${rows.length} ${rows[0]?.to} ${isRunning}`, () =>
      rows.map(({ from, to, read, sent, retries, waits }) => {
        const perSecond = (bytes: number): string => filled(rate, formatBytes(bytes / (Math.max(1, to - from) / 1000)));
        const count = (number: number): string => (number === 0 ? '' : filled(times, number));
        const cells = [perSecond(read), perSecond(sent), count(retries), count(waits)];
        const span = `${formatSeconds(from / 1000)} – ${formatSeconds(to / 1000)}`;
        return element(
          'tr',
          {},
          element('th', { scope: 'row' }, span),
          ...cells.map((text) => element('td', {}, text)),
        );
      }),
    );
  }

  #blobs(): HTMLElement {
    const { blob, image, size, progress } = this.#page.texts;
    const heads = [image, blob, size, progress].map((title) => element('th', { scope: 'col' }, title));
    const rows = this.#state.active.map(({ name, digest, size: bytes, done }) => {
      const part = bytes === 0 ? 0 : Math.floor((done / bytes) * 100);
      const label = `${name} ${digest}`;
      const bar = element('progress', { max: 100, value: part, 'aria-label': label });
      return element(
        'tr',
        {},
        element('th', { scope: 'row' }, element('bdi', {}, name)),
        element('td', {}, element('code', {}, digest)),
        element('td', { class: 'number' }, formatBytes(bytes)),
        element('td', { class: 'bar' }, bar, ` ${part} %`),
      );
    });
    return element('table', {}, element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows));
  }

  #drawEvents(): void {
    const { texts } = this.#page;
    const { history, breaks } = this.#state;
    this.#replace(this.#events, JSON.stringify([history.marks, breaks]), () => {
      const marks = history.marks.map(({ kind, at, time, count, text }) => {
        const title = kind === 'retry' ? texts.retry : texts.wait;
        const often = count === 1 ? '' : ` ${filled(texts.times, count)}`;
        const clock = new Date(time).toLocaleTimeString();
        return { at, kind, title: `${clock} · ${formatSeconds(at / 1000)} · ${title}${often}`, text };
      });
      const stops = breaks.map(({ at, text }) => {
        return { at, kind: 'break', title: `${formatSeconds(at / 1000)} · ${texts.interruption}`, text };
      });
      const all = [...marks, ...stops].sort((one, other) => one.at - other.at);
      if (all.length === 0) return [element('li', { class: 'quiet' }, texts.noEvents)];
      return all.map(({ kind, title, text }) =>
        element(
          'li',
          {},
          element('span', { class: `sign ${kind}`, 'aria-hidden': 'true' }),
          element('strong', {}, title),
          ' ',
          element('bdi', {}, text),
        ),
      );
    });
  }
}

function section(title: string, ...content: readonly HTMLElement[]): HTMLElement {
  return element('section', {}, element('h2', {}, title), ...content);
}

function nextBlob({ name, digest, size }: ShownBlob): HTMLElement {
  return element('li', {}, element('bdi', {}, name), ' ', element('code', {}, digest), ` ${formatBytes(size)}`);
}

/** The position of the slider for a limit: that of the next higher value that it offers. */
function positionOf(limit: number | undefined): number {
  if (limit === undefined) return LIMITS.length;
  const position = LIMITS.findIndex((each) => each >= limit);
  return position < 0 ? LIMITS.length - 1 : position;
}
