import { printable } from './printable.ts';

export type ErrorArguments = Readonly<Record<string, string | number>>;

/** A message with `{name}` placeholders for its arguments. The English text is also the key of its translation. */
export interface ErrorTemplate {
  readonly text: string;
  /** What the user can do next. */
  readonly remedy?: string;
}

/**
 * The error type of all core code: what went wrong, where (in the arguments), why (`cause`) and what to do (`remedy`).
 * Arguments may come from a server; they are made printable here and must never contain a secret.
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

  /** The same error with a prefix in its English text, for scripts that expect it. */
  after(prefix: string): AirgapError {
    return new AirgapError(this.code, this.template, this.args, this.cause, prefix);
  }

  /** What the user can do next, in English; undefined if it would need an argument that the error lacks. */
  get remedy(): string | undefined {
    const { remedy } = this.template;
    return remedy === undefined || !isFilled(remedy, this.args) ? undefined : fillTemplate(remedy, this.args);
  }
}

const PLACE = /\{(\w+)\}/g;

/**
 * Makes the arguments of all placeholders printable. A missing argument becomes an ellipsis, so that no brace is ever
 * shown.
 */
export function printableArguments(template: string, args: ErrorArguments): Record<string, string> {
  const names = [...template.matchAll(PLACE)].map(([, name = '']) => name);
  return Object.fromEntries(names.map((name) => [name, printable(String(args[name] ?? '…'), 2000)]));
}

/** Whether every placeholder of a text has an argument. */
export function isFilled(template: string, args: ErrorArguments): boolean {
  return [...template.matchAll(PLACE)].every(([, name = '']) => args[name] !== undefined);
}

export function fillTemplate(template: string, args: ErrorArguments): string {
  const values = printableArguments(template, args);
  return template.replace(PLACE, (place, name: string) => values[name] ?? place);
}

/** The placeholder names of a text. */
type Places<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Places<Rest> : never;

/** The placeholders of a template's texts; a call that omits one does not compile. */
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
  /** Creates an error whose arguments come from data or from another error and so cannot be checked at compile time. */
  readonly of: (code: Extract<keyof Catalog, string>, args: ErrorArguments, cause?: unknown) => AirgapError;
  /** The first part of the codes. */
  readonly family: string;
  /** The texts by the second part of their code. */
  readonly catalog: Catalog;
}

/** Defines a family of errors. The codes `<family>.<key>` make each error searchable, translatable and documented. */
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

/**
 * Whether an error comes from an aborted AbortSignal. Cancellation is the user's decision and is never shown as a
 * failure.
 */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Creates the error of a canceled operation. */
export function abortError(): Error {
  return new DOMException('The operation was canceled.', 'AbortError');
}

/** Checks the shape instead of the class, because each bundle in dist/ has its own copy of the class. */
export function isAirgapError(error: unknown): error is AirgapError {
  return error instanceof Error && error.name === 'AirgapError' && 'template' in error && 'args' in error;
}

export function hasCode(error: unknown, ...codes: readonly string[]): error is AirgapError {
  return isAirgapError(error) && codes.includes(error.code);
}

/** The messages of an error and its causes, outermost first, without duplicates. */
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

/** An error for programs, in place of a plan, a description or another document. */
export function errorDocument(error: unknown): object {
  const [message = String(error), ...reasons] = causes(error);
  return {
    kind: 'Error',
    ...(isAirgapError(error) ? { code: error.code } : {}),
    message,
    causes: reasons,
    ...(isAirgapError(error) && error.remedy !== undefined ? { remedy: error.remedy } : {}),
  };
}

/** Returns undefined if the operation throws, for example while a typed text is still incomplete. */
export function tryOrUndefined<Result>(operation: () => Result): Result | undefined {
  try {
    return operation();
  } catch {
    return undefined;
  }
}
