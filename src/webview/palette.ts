import { MAP_STATES } from '../map/map-data.ts';
import type { MapState } from '../map/map-data.ts';
import { element } from './dom.ts';

/** The colors of the theme, read when the treemap is drawn. */
export interface Palette {
  readonly background: string;
  readonly foreground: string;
  readonly border: string;
  readonly isHighContrast: boolean;
  readonly color: (state: MapState) => string;
  /** A pattern over the color, which tells the states apart without it; undefined for `inside`, which has none. */
  readonly pattern: (state: MapState) => CanvasPattern | undefined;
}

/** As in the styles of the swatches. */
const COLORS: Readonly<Record<MapState, string>> = {
  inside: '--vscode-charts-green',
  copy: '--vscode-charts-blue',
  outside: '--vscode-charts-yellow',
  missing: '--vscode-charts-red',
  unknown: '--vscode-descriptionForeground',
};

const CELL = 8;

export function readPalette(context: CanvasRenderingContext2D, scale: number): Palette {
  // The value of a variable may be a function that only an element resolves.
  const probe = element('span', { hidden: true });
  document.body.append(probe);
  const value = (name: string, otherwise: string): string => {
    probe.style.color = `var(${name}, ${otherwise})`;
    return getComputedStyle(probe).color;
  };
  const foreground = value('--vscode-foreground', '#888888');
  const background = value('--vscode-editor-background', 'transparent');
  const isHighContrast = /vscode-high-contrast/.test(document.body.className);
  const border = isHighContrast ? value('--vscode-contrastBorder', foreground) : background;
  const colors = new Map(MAP_STATES.map((state) => [state, value(COLORS[state], foreground)]));
  const color = (state: MapState): string => colors.get(state) ?? foreground;
  probe.remove();
  const patterns = new Map<MapState, CanvasPattern | undefined>();
  const pattern = (state: MapState): CanvasPattern | undefined => {
    if (!patterns.has(state)) patterns.set(state, makePattern(context, state, color(state), scale));
    return patterns.get(state);
  };
  return { background, foreground, border, isHighContrast, color, pattern };
}

function makePattern(
  context: CanvasRenderingContext2D,
  state: MapState,
  color: string,
  scale: number,
): CanvasPattern | undefined {
  if (state === 'inside') return undefined;
  const cell = document.createElement('canvas');
  const side = Math.round(CELL * scale);
  cell.width = side;
  cell.height = side;
  const pen = cell.getContext('2d');
  if (pen === null) return undefined;
  pen.scale(side / CELL, side / CELL);
  pen.strokeStyle = color;
  pen.fillStyle = color;
  pen.lineWidth = 1.2;
  const line = (x0: number, y0: number, x1: number, y1: number): void => {
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
    pen.stroke();
  };
  if (state === 'outside') {
    pen.beginPath();
    pen.arc(CELL / 2, CELL / 2, 1.5, 0, 2 * Math.PI);
    pen.fill();
  } else if (state === 'unknown') line(0, CELL / 2, CELL, CELL / 2);
  else {
    // Each stripe continues in the next cell.
    for (const at of [-CELL, 0, CELL]) line(at, CELL, at + CELL, 0);
    if (state === 'missing') for (const at of [-CELL, 0, CELL]) line(at, 0, at + CELL, CELL);
  }
  const pattern = context.createPattern(cell, 'repeat') ?? undefined;
  pattern?.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern;
}
