import { printable } from './printable.ts';

export type ErrorArguments = Readonly<Record<string, string | number>>;

/** A message with `{name}` places for its arguments. The English text is also the key under which it is translated. */
export interface ErrorTemplate {
  readonly text: string;
  /** What the user can do next. */
  readonly remedy?: string;
}

/**
 * The one error type of the core: what went wrong, where (in the arguments), why (`cause`) and what to do (`remedy`).
 * Arguments may come from a server: they are made printable here and must never hold a secret.
 */
export class AirgapError extends Error {
  override readonly name = 'AirgapError';
  readonly code: string;
  readonly args: ErrorArguments;
  readonly template: ErrorTemplate;

  constructor(code: string, template: ErrorTemplate, args: ErrorArguments = {}, cause?: unknown, prefix = '') {
    super(prefix + fillTemplate(template.text, args), cause === undefined ? undefined : { cause });
    this.code = code;
    this.args = args;
    this.template = template;
  }

  /** The same error with words before its English text, where scripts expect them. */
  after(prefix: string): AirgapError {
    return new AirgapError(this.code, this.template, this.args, this.cause, prefix);
  }

  /** What the user can do next, in English; absent where that would need an argument that the error lacks. */
  get remedy(): string | undefined {
    const { remedy } = this.template;
    return remedy === undefined || !isFilled(remedy, this.args) ? undefined : fillTemplate(remedy, this.args);
  }
}

const PLACE = /\{(\w+)\}/g;

/** The arguments for every place of a text, printable. A place without an argument gets an ellipsis, so that no brace is ever shown. */
export function printableArguments(template: string, args: ErrorArguments): Record<string, string> {
  const names = [...template.matchAll(PLACE)].map(([, name = '']) => name);
  return Object.fromEntries(names.map((name) => [name, printable(String(args[name] ?? '…'), 2000)]));
}

/** Whether there is an argument for every place of a text. */
export function isFilled(template: string, args: ErrorArguments): boolean {
  return [...template.matchAll(PLACE)].every(([, name = '']) => args[name] !== undefined);
}

export function fillTemplate(template: string, args: ErrorArguments): string {
  const values = printableArguments(template, args);
  return template.replace(PLACE, (place, name: string) => values[name] ?? place);
}

/** The names in braces of a text. */
type Places<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Places<Rest> : never;

/** What each message of a template fills in: a call that leaves one out does not compile. */
type Filling<Template> = Template extends ErrorTemplate
  ? Places<Template['text']> | (Template['remedy'] extends string ? Places<Template['remedy']> : never)
  : never;

/** The arguments of an error with one of these templates. */
export type ArgumentsOf<Template> = ErrorArguments & Readonly<Record<Filling<Template>, string | number>>;

type Given<Template> = [Filling<Template>] extends [never]
  ? [args?: ErrorArguments, cause?: unknown]
  : [args: ArgumentsOf<Template>, cause?: unknown];

export interface ErrorFactory<Catalog extends Readonly<Record<string, ErrorTemplate>>> {
  <Code extends Extract<keyof Catalog, string>>(code: Code, ...given: Given<Catalog[Code]>): AirgapError;
  /** With arguments that come from data or from another error, so that they cannot be checked when this is compiled. */
  readonly of: (code: Extract<keyof Catalog, string>, args: ErrorArguments, cause?: unknown) => AirgapError;
  /** The first part of its codes. */
  readonly family: string;
  /** What each code says, by its second part. */
  readonly catalog: Catalog;
}

/** A room's errors: the codes are `<family>.<key>`, so that each can be found, translated and documented. */
export function errorFamily<const Catalog extends Readonly<Record<string, ErrorTemplate>>>(
  family: string,
  catalog: Catalog,
): ErrorFactory<Catalog> {
  const of = (code: Extract<keyof Catalog, string>, args: ErrorArguments = {}, cause?: unknown): AirgapError =>
    new AirgapError(`${family}.${code}`, catalog[code] as ErrorTemplate, args, cause);
  const make = <Code extends Extract<keyof Catalog, string>>(code: Code, ...given: Given<Catalog[Code]>): AirgapError =>
    of(code, given[0], given[1]);
  return Object.assign(make, { family, catalog, of });
}

/** True for the error that an aborted AbortSignal makes. Cancellation is the user's wish, not a fault: it is never shown as one. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** The error of a cancelled operation. */
export function abortError(): Error {
  return new DOMException('The operation was cancelled.', 'AbortError');
}

/** The messages of an error and its causes, outermost first, without repetitions. */
export function causes(error: unknown): string[] {
  const messages: string[] = [];
  for (
    let current: unknown = error, depth = 0;
    current instanceof Error && depth < 8;
    current = current.cause, depth++
  ) {
    const message = printable(current.message, 2000);
    if (message !== '' && !messages.some((known) => known.includes(message))) messages.push(message);
  }
  return messages;
}
