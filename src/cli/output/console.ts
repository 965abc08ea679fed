import type { RelocationEvent, RelocationListener } from '../../relocation/events.ts';
import { formatSeconds } from '../../base/format.ts';
import { formatDocument } from '../../base/json.ts';
import { progressLine } from './progress-line.ts';
import { AirgapError, causes, errorDocument } from '../../base/errors.ts';

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * `text`: for people. `envelope`: one object at the end that contains all output, as in imgpkg's copy. `document`: a
 * single object with our own schema.
 */
export type OutputMode = 'text' | 'envelope' | 'document';

export interface ConsoleOptions {
  readonly mode: OutputMode;
  /** Shows progress even if stderr is not a terminal. */
  readonly tty: boolean;
  readonly color: boolean;
}

const CLEAR_LINE = '\r\u001b[K';
const [RED, YELLOW] = [31, 33];
const PHASES = { resolve: 'reading', plan: 'found', scan: 'scanning', copy: 'copying', finish: 'writing' } as const;

/**
 * Writes results to stdout, and errors and information for people to stderr. Lines that imgpkg also prints go to the
 * same stream as there: stdout on a terminal or with `--tty`. Otherwise imgpkg drops them; here they go to stderr.
 */
export class Console {
  readonly mode: OutputMode;
  readonly #out: Output;
  readonly #err: Output;
  readonly #options: ConsoleOptions;
  readonly #collected: string[] = [];
  #line = '';

  constructor(out: Output, err: Output, options: ConsoleOptions) {
    this.mode = options.mode;
    this.#out = out;
    this.#err = err;
    this.#options = options;
  }

  listener(): RelocationListener {
    return (event) => this.#show(event);
  }

  /** Prints a line of a copy in imgpkg's layout, with its prefix. */
  copyLine(text: string): void {
    const lines = prefixed(text);
    if (this.mode === 'envelope') this.#collected.push(`${lines}\n`);
    if (this.mode !== 'text') return;
    this.#clear();
    (this.#isTerminal ? this.#out : this.#err).write(`${lines}\n`);
  }

  warn(text: string): void {
    this.copyLine(`${this.#paint('Warning:', YELLOW, this.#isTerminal ? this.#out : this.#err)} ${text}`);
  }

  /** Prints a result for people to stdout. */
  result(text: string): void {
    if (this.mode === 'envelope') this.#collected.push(...text.split('\n'));
    if (this.mode !== 'text') return;
    this.#clear();
    this.#out.write(`${text}\n`);
  }

  /** Prints the last line of a copy, set off from the others for people. */
  succeeded(): void {
    this.result(this.mode === 'text' && this.#isTerminal ? '\nSucceeded' : 'Succeeded');
  }

  /** Prints the single object of a command whose mode is `document`. */
  document(document: object): void {
    this.#clear();
    this.#out.write(formatDocument(document));
  }

  /** Says that the command will end soon; not part of its result. */
  stopping(what: string): void {
    if (this.mode === 'text') this.#log(`carvel-airgap: ${what}`);
  }

  canceled(what: string): void {
    if (this.mode === 'document') this.document({ kind: 'Error', code: 'cancelled', message: what });
    else this.#log(`carvel-airgap: ${what}`);
  }

  error(error: unknown): void {
    if (this.mode === 'document') this.document(errorDocument(error));
    else this.#log(errorText(error).replace(/^carvel-airgap: Error:/, (prefix) => this.#paint(prefix, RED, this.#err)));
  }

  /** Shows a progress line on a terminal or with `--tty`. */
  progress(text: string): void {
    if (this.mode !== 'text' || !this.#moves) return;
    this.#line = text.slice(0, Math.max(20, (this.#err.columns ?? 80) - 1));
    this.#err.write(CLEAR_LINE + this.#line);
  }

  /** Prints a `--debug` line to stderr in every mode. */
  debug(text: string): void {
    this.#clear();
    this.#err.write(`${text}\n`);
  }

  /** Writes the output that was held back until the end. */
  flush(): void {
    this.#clear();
    if (this.mode === 'envelope') this.#out.write(formatEnvelope(this.#collected));
  }

  #show(event: RelocationEvent): void {
    switch (event.type) {
      case 'phase':
        // imgpkg's envelope has no such line.
        return this.mode === 'envelope' ? undefined : this.#log(`copy | ${PHASES[event.phase]} ${event.detail}`);
      case 'warning':
        return this.warn(event.text);
      case 'pause':
        return this.#log(`copy | ${event.host} asked to wait ${formatSeconds(event.seconds)}; resuming then`);
      case 'retry':
        return this.#log(`copy | retrying ${event.what} (${event.attempt}): ${event.reason}`);
      case 'progress':
        return this.progress(progressLine(event.progress));
      case 'scan':
        return this.#log(scanText(event));
      case 'image':
      case 'parts':
        return undefined;
    }
  }

  #log(text: string): void {
    if (this.mode === 'envelope') this.#collected.push(text);
    if (this.mode !== 'text') return;
    this.#clear();
    this.#err.write(`${text}\n`);
  }

  /** Colors are only for terminals: with `--tty`, a program may be reading. */
  #paint(text: string, code: number, output: Output): string {
    const isOn = this.#options.color && output.isTTY === true && this.mode === 'text';
    return isOn ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  get #isTerminal(): boolean {
    return this.#out.isTTY === true || this.#options.tty;
  }

  get #moves(): boolean {
    return this.#err.isTTY === true || this.#options.tty;
  }

  #clear(): void {
    if (this.#line !== '') this.#err.write(CLEAR_LINE);
    this.#line = '';
  }
}

/** The output of a command that accepts an image is only in the report. */
function scanText({ image, exitCode, output }: Extract<RelocationEvent, { type: 'scan' }>): string {
  if (exitCode === 0) return `copy | scanned ${image}`;
  return [`copy | refused ${image}: exit code ${exitCode}`, ...(output === '' ? [] : [prefixed(output)])].join('\n');
}

function prefixed(text: string): string {
  return text.replace(/^/gm, 'copy | ');
}

/**
 * The object that `imgpkg copy --json` prints (go-cli-ui's JSONUI): empty values are null, indentation is four spaces.
 */
function formatEnvelope(lines: readonly string[]): string {
  return `${JSON.stringify({ Tables: null, Blocks: null, Lines: lines.length === 0 ? null : lines }, undefined, 4)}\n`;
}

/** An error for the terminal: the message in imgpkg's layout, the cause, the remedy and a link. */
export function errorText(error: unknown): string {
  const [message = String(error), ...reasons] = causes(error);
  const lines = [`carvel-airgap: Error: ${layOutError(message)}`, ...reasons.map((reason) => `  Cause: ${reason}`)];
  if (error instanceof AirgapError) {
    if (error.remedy !== undefined) lines.push(`  What to do: ${error.remedy}`);
    lines.push(`  Code: ${error.code} (docs/troubleshooting.md)`);
  }
  return lines.join('\n');
}

const OPENING = '([{';
const CLOSING = ')]}';

/**
 * Formats a message as imgpkg does (go-cli-ui's MultiLineError): in its first line, every ": " followed by a capital
 * letter becomes a line break with two more spaces of indentation, except inside brackets. An unmatched closing bracket
 * is an ordinary character (go-cli-ui drops what follows it).
 */
export function layOutError(message: string): string {
  const [first = '', ...rest] = message.split('\n');
  const chunks: string[] = [];
  let start = 0;
  let depth = 0;
  for (let index = 0; index < first.length; index++) {
    const character = first[index] ?? '';
    if (OPENING.includes(character)) depth++;
    else if (CLOSING.includes(character)) depth = Math.max(0, depth - 1);
    else if (depth === 0 && /^: [A-Z]/.test(first.slice(index, index + 3))) {
      chunks.push(first.slice(start, index + 1));
      start = index + 2;
    }
  }
  chunks.push(first.slice(start));
  return [...chunks.map((chunk, level) => '  '.repeat(level) + chunk), ...rest].join('\n');
}
