import { formatBytes } from '../base/format.ts';
import { visibleRows } from '../map/rows.ts';
import type { MapRow } from '../map/rows.ts';
import { element } from './dom.ts';
import type { MapModel } from './map-model.ts';

const ROW_HEIGHT = 24;
/** Rows drawn above and below those in view. */
const MARGIN = 8;

/** The tree of a map. Only the rows in view exist in the page. */
export class TreeView {
  readonly element: HTMLElement;
  readonly #model: MapModel;
  readonly #tree: HTMLElement;
  readonly #space: HTMLElement;
  #rows: readonly MapRow[] = [];
  #shown = -1;
  #frame = 0;

  constructor(model: MapModel) {
    const { texts } = model.page;
    this.#model = model;
    this.#space = element('div', { class: 'space', role: 'none' });
    this.#tree = element('div', { class: 'tree', role: 'tree', tabindex: 0, 'aria-label': texts.tree }, this.#space);
    this.element = this.#tree;
    this.#tree.addEventListener('scroll', () => this.#drawSoon());
    this.#tree.addEventListener('keydown', (event) => this.#key(event));
    this.#tree.addEventListener('click', (event) => this.#click(event));
    this.#tree.addEventListener('dblclick', () => model.zoom(model.selected));
    new ResizeObserver(() => this.#drawSoon()).observe(this.#tree);
    model.onChange(() => this.#update());
    this.#update();
  }

  focus(): void {
    this.#tree.focus();
  }

  #update(): void {
    const { children, parents, expanded, found, selected } = this.#model;
    this.#rows = visibleRows(children, parents, expanded, found);
    this.#space.style.height = `${this.#rows.length * ROW_HEIGHT}px`;
    if (this.#shown !== selected) this.#show(this.#index());
    this.#shown = selected;
    this.#draw();
  }

  #index(): number {
    return this.#rows.findIndex(({ item }) => item === this.#model.selected);
  }

  #show(index: number): void {
    if (index < 0) return;
    const [top, height] = [index * ROW_HEIGHT, this.#tree.clientHeight];
    if (top < this.#tree.scrollTop) this.#tree.scrollTop = top;
    else if (top + ROW_HEIGHT > this.#tree.scrollTop + height) this.#tree.scrollTop = top + ROW_HEIGHT - height;
  }

  #drawSoon(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    const { scrollTop, clientHeight } = this.#tree;
    const first = Math.max(Math.floor(scrollTop / ROW_HEIGHT) - MARGIN, 0);
    const last = Math.ceil((scrollTop + clientHeight) / ROW_HEIGHT) + MARGIN;
    const selected = this.#index();
    const drawn = this.#rows.slice(first, last).map((row, offset) => this.#row(row, first + offset));
    // A screen reader follows the selected row, which must exist even if it is scrolled out of view.
    const kept = this.#rows[selected];
    if (kept !== undefined && (selected < first || selected >= last)) drawn.push(this.#row(kept, selected));
    this.#space.replaceChildren(...drawn);
    if (selected < 0) this.#tree.removeAttribute('aria-activedescendant');
    else this.#tree.setAttribute('aria-activedescendant', idOf(this.#model.selected));
  }

  #row(row: MapRow, index: number): HTMLElement {
    const { item: position, depth, isExpandable, isExpanded } = row;
    const { page, found, selected } = this.#model;
    const { kind, state, users, signed, countedAt, full } = this.#model.item(position);
    const name = this.#model.nameOf(position);
    const bytes = countedAt === undefined ? Math.max(this.#model.totals[position] ?? 0, 0) : full;
    const isFound = found?.has(position) !== false;
    const marks = [
      ...(signed === true ? [page.states.signed] : []),
      ...(users === undefined ? [] : [`${page.states.shared} ×${users}`]),
    ];
    const made = element(
      'div',
      {
        id: idOf(position),
        class: `row${selected === position ? ' selected' : ''}${isFound ? '' : ' quiet'}`,
        role: 'treeitem',
        'aria-level': depth + 1,
        'aria-setsize': row.siblings,
        'aria-posinset': row.position,
        'aria-selected': String(selected === position),
        ...(isExpandable ? { 'aria-expanded': String(isExpanded) } : {}),
        'data-item': position,
      },
      element('span', { class: `twisty${isExpandable ? (isExpanded ? ' open' : ' closed') : ''}` }),
      element('span', { class: `swatch ${state}` }),
      element('span', { class: `name ${kind}` }, name),
      element('span', { class: 'unseen' }, `, ${page.kinds[kind]},`),
      ...marks.map((mark) => element('span', { class: 'mark' }, mark)),
      element('span', { class: `state ${state}` }, page.states[state]),
      element(
        'span',
        { class: `size${countedAt === undefined ? '' : ' elsewhere'}` },
        state === 'missing' && bytes === 0 ? '–' : formatBytes(bytes),
      ),
    );
    made.style.top = `${index * ROW_HEIGHT}px`;
    made.style.paddingInlineStart = `${depth * 14 + 4}px`;
    return made;
  }

  #click({ target }: MouseEvent): void {
    if (!(target instanceof Element)) return;
    const row = target.closest<HTMLElement>('.row');
    if (row === null) return;
    const position = Number(row.dataset['item']);
    if (target.classList.contains('twisty') || position === this.#model.selected) this.#toggle(position);
    this.#model.select(position);
  }

  #toggle(position: number): void {
    const { expanded } = this.#model;
    if (!expanded.delete(position)) expanded.add(position);
  }

  /** As in the tree view pattern of ARIA. */
  #key(event: KeyboardEvent): void {
    const index = this.#index();
    const row = this.#rows[index];
    const page = Math.max(Math.floor(this.#tree.clientHeight / ROW_HEIGHT) - 1, 1);
    const move = (to: number): void => {
      const target = this.#rows[Math.min(Math.max(to, 0), this.#rows.length - 1)];
      if (target !== undefined) this.#model.select(target.item);
    };
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => move(index + 1),
      ArrowUp: () => move(index - 1),
      PageDown: () => move(index + page),
      PageUp: () => move(index - page),
      Home: () => move(0),
      End: () => move(this.#rows.length - 1),
      ArrowRight: () => {
        if (!row?.isExpandable) return;
        if (row.isExpanded) return move(index + 1);
        this.#toggle(row.item);
        this.#model.changed();
      },
      ArrowLeft: () => {
        const parent = row === undefined ? -1 : (this.#model.parents[row.item] ?? -1);
        if (row?.isExpanded && this.#model.found === undefined) {
          this.#toggle(row.item);
          this.#model.changed();
        } else if (parent >= 0) this.#model.select(parent);
      },
      Enter: () => this.#model.zoom(this.#model.selected),
      ' ': () => this.#model.zoom(this.#model.selected),
      Backspace: () => this.#model.zoom(Math.max(this.#model.parents[this.#model.zoomed] ?? 0, 0)),
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }
}

function idOf(position: number): string {
  return `item-${position}`;
}
