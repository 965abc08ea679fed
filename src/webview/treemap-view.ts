import { formatBytes } from '../base/format.ts';
import { layOutTiles, tileAt } from '../map/tiles.ts';
import type { Tile } from '../map/tiles.ts';
import { element, filled } from './dom.ts';
import type { MapModel } from './map-model.ts';
import { readPalette } from './palette.ts';
import type { Palette } from './palette.ts';

const HEADER = 20;

/** The treemap of a map, drawn on a canvas. Whatever it shows is in the tree too, which has the keyboard. */
export class TreemapView {
  readonly element: HTMLElement;
  readonly #model: MapModel;
  readonly #canvas = element('canvas', { role: 'img' });
  readonly #selection = element('div', { class: 'selection', hidden: true });
  readonly #tip = element('div', { class: 'tip', hidden: true });
  readonly #area: HTMLElement;
  #tiles: readonly Tile[] = [];
  #drawn = '';
  #frame = 0;

  constructor(model: MapModel) {
    this.#model = model;
    this.#area = element('div', { class: 'area' }, this.#canvas, this.#selection, this.#tip);
    this.element = this.#area;
    this.#canvas.addEventListener('mousemove', (event) => this.#hover(event));
    this.#canvas.addEventListener('mouseleave', () => (this.#tip.hidden = true));
    this.#canvas.addEventListener('click', (event) => this.#pick(event, (item) => model.select(item)));
    this.#canvas.addEventListener('dblclick', (event) => this.#pick(event, (item) => model.zoom(item)));
    new ResizeObserver(() => this.#drawSoon()).observe(this.#area);
    // VS Code changes the classes and variables of the page with the theme.
    const redraw = (): void => {
      this.#drawn = '';
      this.#drawSoon();
    };
    new MutationObserver(redraw).observe(document.body, { attributeFilter: ['class', 'data-vscode-theme-id'] });
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ['style'] });
    model.onChange(() => this.#drawSoon());
    this.#drawSoon();
  }

  #drawSoon(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** Draws the tiles if they have changed; a selection alone only moves its frame. */
  #draw(): void {
    const { clientWidth: width, clientHeight: height } = this.#area;
    const { zoomed, filter, page } = this.#model;
    if (width === 0 || height === 0) return;
    const scale = window.devicePixelRatio;
    const key = JSON.stringify([width, height, scale, zoomed, filter.text, [...filter.marks]]);
    if (key !== this.#drawn) {
      this.#drawn = key;
      this.#canvas.width = Math.round(width * scale);
      this.#canvas.height = Math.round(height * scale);
      this.#canvas.style.width = `${width}px`;
      this.#canvas.style.height = `${height}px`;
      const size = formatBytes(this.#model.totals[zoomed] ?? 0);
      this.#canvas.setAttribute('aria-label', filled(page.texts.treemap, this.#model.nameOf(zoomed), size));
      const { children, totals } = this.#model;
      this.#tiles = layOutTiles(children, totals, { root: zoomed, width, height, header: HEADER });
      const context = this.#canvas.getContext('2d');
      if (context !== null) this.#paint(context, scale);
    }
    this.#frameSelection();
  }

  #paint(context: CanvasRenderingContext2D, scale: number): void {
    const palette = readPalette(context, scale);
    const style = getComputedStyle(document.body);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.font = `${style.fontSize} ${style.fontFamily}`;
    context.textBaseline = 'middle';
    for (const tile of this.#tiles) this.#paintTile(context, tile, palette);
  }

  #paintTile(context: CanvasRenderingContext2D, tile: Tile, palette: Palette): void {
    const { x, y, width, height, isContainer, item } = tile;
    const { state } = this.#model.item(item);
    const isDimmed = !this.#model.isLit(item);
    context.globalAlpha = 1;
    context.fillStyle = palette.background;
    context.fillRect(x, y, width, height);
    const opacity = isDimmed ? 0.25 : 1;
    const tint = palette.isHighContrast ? (isContainer || state !== 'inside' ? 0 : 0.3) : isContainer ? 0.12 : 0.35;
    context.globalAlpha = opacity * tint;
    context.fillStyle = palette.color(state);
    context.fillRect(x, y, width, height);
    if (!isContainer) this.#paintPattern(context, tile, palette, opacity);
    context.globalAlpha = opacity * (isContainer || palette.isHighContrast ? 1 : 0.8);
    context.strokeStyle = palette.isHighContrast ? palette.border : palette.color(state);
    context.lineWidth = 1;
    if (Math.min(width, height) > 4) context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    context.globalAlpha = isDimmed ? 0.5 : 1;
    this.#paintText(context, tile, palette);
    context.globalAlpha = 1;
  }

  #paintPattern(context: CanvasRenderingContext2D, tile: Tile, palette: Palette, opacity: number): void {
    const pattern = palette.pattern(this.#model.item(tile.item).state);
    if (pattern === undefined) return;
    context.globalAlpha = opacity * (palette.isHighContrast ? 0.9 : 0.55);
    context.fillStyle = pattern;
    context.fillRect(tile.x, tile.y, tile.width, tile.height);
  }

  #paintText(context: CanvasRenderingContext2D, tile: Tile, palette: Palette): void {
    const { x, y, width, height, isContainer, header, item } = tile;
    if (isContainer ? header === 0 : width < 40 || height < 18) return;
    const space = width - 12;
    const { users, signed, state } = this.#model.item(item);
    const marks = `${signed === true ? '✓ ' : ''}${users === undefined ? '' : `×${users} `}`;
    const size = formatBytes(this.#model.totals[item] ?? 0);
    const lines = isContainer
      ? [`${marks}${this.#model.nameOf(item)}  ${size}`]
      : [`${marks}${this.#model.nameOf(item)}`, size, ...(height > 60 ? [this.#model.page.states[state]] : [])];
    let middle = y + (isContainer ? header / 2 + 1 : 11);
    for (const line of lines) {
      if (middle + 7 > y + height) break;
      const text = clipped(context, line, space);
      if (text === '') break;
      // The pattern must not run through the text.
      if (!isContainer) {
        const alpha = context.globalAlpha;
        context.globalAlpha = alpha * 0.75;
        context.fillStyle = palette.background;
        context.fillRect(x + 3, middle - 8, context.measureText(text).width + 6, 16);
        context.globalAlpha = alpha;
      }
      context.fillStyle = palette.foreground;
      context.fillText(text, x + 6, middle);
      middle += 16;
    }
  }

  #frameSelection(): void {
    const { selected } = this.#model;
    const counted = this.#model.item(selected).countedAt ?? selected;
    const path = this.#model.path(counted).reverse();
    const tile = path.map((item) => this.#tiles.find((each) => each.item === item)).find((each) => each !== undefined);
    this.#selection.hidden = tile === undefined;
    if (tile === undefined) return;
    Object.assign(this.#selection.style, {
      left: `${tile.x}px`,
      top: `${tile.y}px`,
      width: `${tile.width}px`,
      height: `${tile.height}px`,
    });
  }

  #pick({ offsetX, offsetY }: MouseEvent, act: (item: number) => void): void {
    const tile = tileAt(this.#tiles, offsetX, offsetY);
    if (tile !== undefined) act(tile.item);
  }

  #hover({ offsetX, offsetY }: MouseEvent): void {
    const tile = tileAt(this.#tiles, offsetX, offsetY);
    this.#tip.hidden = tile === undefined;
    if (tile === undefined) return;
    const { page, totals } = this.#model;
    const { kind, state } = this.#model.item(tile.item);
    this.#tip.replaceChildren(
      element('strong', {}, this.#model.nameOf(tile.item)),
      element('div', {}, `${page.kinds[kind]} · ${formatBytes(totals[tile.item] ?? 0)} · ${page.states[state]}`),
    );
    const { clientWidth, clientHeight } = this.#area;
    const left = Math.min(offsetX + 14, Math.max(clientWidth - this.#tip.offsetWidth - 4, 0));
    const below = offsetY + 18;
    const top = below + this.#tip.offsetHeight > clientHeight ? offsetY - this.#tip.offsetHeight - 8 : below;
    Object.assign(this.#tip.style, { left: `${left}px`, top: `${Math.max(top, 0)}px` });
  }
}

/** The beginning of a text that fits, with an ellipsis if it is cut; empty if not even that fits. */
function clipped(context: CanvasRenderingContext2D, text: string, space: number): string {
  const short = text.slice(0, 200);
  if (context.measureText(short).width <= space) return short;
  let [fits, cut] = [0, short.length];
  while (fits < cut) {
    const middle = Math.ceil((fits + cut) / 2);
    if (context.measureText(`${short.slice(0, middle)}…`).width <= space) fits = middle;
    else cut = middle - 1;
  }
  return fits < 3 ? '' : `${short.slice(0, fits)}…`;
}
