import { formatBytes } from '../base/format.ts';
import { MAP_STATES } from '../map/map-data.ts';
import type { MapMark, MapState } from '../map/map-data.ts';
import type { MapAction, MapFinding } from '../map/map-messages.ts';
import { button, element, filled } from './dom.ts';
import type { MapModel } from './map-model.ts';

const MARKS: readonly (MapState | MapMark)[] = [...MAP_STATES, 'shared', 'signed'];

/** The search box, and a button for each state and mark that occurs, which explains its pattern and filters by it. */
export function filterBar(model: MapModel, focusTree: () => void): HTMLElement {
  const { page } = model;
  const { items } = page.map;
  const search = element('input', { type: 'search', placeholder: page.texts.search, 'aria-label': page.texts.search });
  const found = element('span', { class: 'found', role: 'status' });
  search.addEventListener('input', () => model.setFilter({ ...model.filter, text: search.value }));
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    const [first] = model.found ?? [];
    if (first !== undefined) model.select(first);
    focusTree();
  });
  const chips = MARKS.flatMap((mark) => {
    const has = items.filter(
      ({ kind, state, users, signed, countedAt }) =>
        countedAt === undefined &&
        kind !== 'shared' &&
        kind !== 'attachments' &&
        (mark === 'shared' ? users !== undefined : mark === 'signed' ? signed === true : state === mark),
    );
    if (has.length === 0) return [];
    const bytes = has.reduce((sum, item) => sum + item.bytes, 0);
    const toggle = (): void => {
      const marks = new Set(model.filter.marks);
      if (!marks.delete(mark)) marks.add(mark);
      chip.setAttribute('aria-pressed', String(marks.has(mark)));
      model.setFilter({ ...model.filter, marks });
    };
    const chip = button('', toggle, 'chip');
    chip.setAttribute('aria-pressed', 'false');
    const detail = bytes === 0 || mark === 'signed' ? String(has.length) : `${has.length} · ${formatBytes(bytes)}`;
    const sign = mark === 'shared' ? '×' : mark === 'signed' ? '✓' : '';
    chip.append(
      element('span', { class: `swatch ${mark}`, 'aria-hidden': 'true' }, sign),
      `${page.states[mark]} `,
      element('span', { class: 'quiet' }, detail),
    );
    return [chip];
  });
  model.onChange(() => {
    const { size } = model.found ?? { size: undefined };
    found.textContent =
      size === undefined ? '' : size === 0 ? page.texts.none : filled(page.texts.found, size.toLocaleString());
  });
  const group = element('div', { class: 'chips', role: 'group', 'aria-label': page.texts.filter }, ...chips);
  return element('div', { class: 'filters' }, search, group, found);
}

/** Where the treemap is zoomed to, and the way back. */
export function pathBar(model: MapModel): HTMLElement {
  const bar = element('nav', { class: 'path', 'aria-label': model.page.texts.path });
  let shown = -1;
  const draw = (): void => {
    if (shown === model.zoomed) return;
    shown = model.zoomed;
    const path = model.path(model.zoomed);
    const parts = path.map((position) => {
      const step = button(model.nameOf(position), () => model.zoom(position), 'link');
      if (position === model.zoomed) step.setAttribute('aria-current', 'true');
      return step;
    });
    const last = path.at(-2);
    const out = last === undefined ? [] : [button(model.page.texts.zoomOut, () => model.zoom(last), 'secondary')];
    bar.replaceChildren(...parts.flatMap((part, index) => (index === 0 ? [part] : ['›', part])), ...out);
  };
  model.onChange(draw);
  draw();
  return bar;
}

export interface ItemRequests {
  readonly select: (item: number) => void;
  readonly act: (item: number, action: string) => void;
}

/** What is known about the selected item, and what can be done with it. */
export class DetailsView {
  readonly element: HTMLElement;
  readonly #model: MapModel;
  readonly #requests: ItemRequests;
  readonly #facts = element('div', { class: 'facts' });
  readonly #actions = element('div', { class: 'actions' });
  #shown = -1;

  constructor(model: MapModel, requests: ItemRequests) {
    this.#model = model;
    this.#requests = requests;
    const { details } = model.page.texts;
    this.element = element('section', { class: 'details', 'aria-label': details }, this.#facts, this.#actions);
    model.onChange(() => this.#draw());
    this.#draw();
  }

  /** Shows what the host offers for an item, if it is still selected. */
  offer(item: number, actions: readonly MapAction[]): void {
    if (item !== this.#shown) return;
    this.#actions.append(...actions.map(({ id, title }) => button(title, () => this.#requests.act(item, id))));
  }

  #draw(): void {
    const { selected } = this.#model;
    if (selected === this.#shown) return;
    this.#shown = selected;
    const { page, totals, children } = this.#model;
    const { texts } = page;
    const { kind, state, reference, digest, full, users, countedAt, signed, reason } = this.#model.item(selected);
    const total = totals[selected] ?? 0;
    const whole = totals[0] ?? 0;
    const rows: (readonly [string, string])[] = [
      ...(reference === undefined ? [] : [[texts.place, reference] as const]),
      ...(digest === undefined || reference?.endsWith(digest) === true ? [] : [[texts.digest, digest] as const]),
      [texts.size, formatBytes(full)],
      ...(countedAt !== undefined || formatBytes(total) === formatBytes(full)
        ? []
        : [[texts.ownSize, formatBytes(total)] as const]),
      ...(countedAt !== undefined || whole === 0
        ? []
        : [[texts.share, `${((total / whole) * 100).toFixed(1)} %`] as const]),
      ...(users === undefined ? [] : [[texts.usedBy, String(users)] as const]),
      ...(countedAt === undefined ? [] : [[texts.countedAt, this.#placeOf(countedAt)] as const]),
      [texts.state, signed === true ? `${page.states[state]}, ${page.states.signed}` : page.states[state]],
      ...(reason === undefined ? [] : [['', reason] as const]),
    ];
    this.#facts.replaceChildren(
      element('h2', {}, this.#model.nameOf(selected), ' ', element('span', { class: 'quiet' }, page.kinds[kind])),
      element(
        'dl',
        {},
        ...rows.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
      ),
    );
    const jump = countedAt === undefined ? [] : [button(texts.showThere, () => this.#model.select(countedAt))];
    const zoom =
      (children[selected]?.length ?? 0) === 0 || total === 0 || selected === this.#model.zoomed
        ? []
        : [button(texts.zoomIn, () => this.#model.zoom(selected))];
    this.#actions.replaceChildren(...jump, ...zoom);
    this.#requests.select(selected);
  }

  #placeOf(position: number): string {
    const path = this.#model.path(position);
    return path.map((each) => this.#model.nameOf(each)).join(' › ');
  }
}

/** What an audit found, each with its remedy. */
export function findingsList(
  model: MapModel,
  findings: readonly MapFinding[],
  remedy: (finding: number, action: string) => void,
): HTMLElement | undefined {
  if (findings.length === 0) return undefined;
  const { texts } = model.page;
  const entry = (finding: MapFinding, position: number): HTMLElement => {
    const { item } = finding;
    const name =
      item === undefined
        ? element('strong', {}, finding.title)
        : button(finding.title, () => model.select(item), 'link strong');
    const actions = finding.actions.map(({ id, title }) => button(title, () => remedy(position, id)));
    return element(
      'li',
      {},
      element('div', {}, element('span', { class: `swatch ${finding.state}` }), name),
      element('div', {}, finding.text),
      ...(finding.remedy === '' ? [] : [element('div', {}, finding.remedy)]),
      ...(actions.length === 0 ? [] : [element('div', { class: 'actions' }, ...actions)]),
      ...(finding.neededBy === ''
        ? []
        : [element('div', { class: 'quiet' }, filled(texts.neededBy, finding.neededBy))]),
    );
  };
  return element(
    'section',
    { class: 'findings', 'aria-label': texts.findings, tabindex: 0 },
    element('h2', {}, `${texts.findings} (${findings.length})`),
    element('ul', {}, ...findings.map(entry)),
  );
}
