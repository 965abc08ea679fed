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

  /** What the user can do next, in English. */
  get remedy(): string | undefined {
    return this.template.remedy === undefined ? undefined : fillTemplate(this.template.remedy, this.args);
  }
}

export function fillTemplate(template: string, args: ErrorArguments): string {
  return template.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = args[name];
    return value === undefined ? place : printable(String(value), 2000);
  });
}

export interface ErrorFactory<Code extends string> {
  (code: Code, args?: ErrorArguments, cause?: unknown): AirgapError;
  /** The first part of its codes. */
  readonly family: string;
  /** What each code says, by its second part. */
  readonly catalog: Readonly<Record<string, ErrorTemplate>>;
}

/** A room's errors: the codes are `<family>.<key>`, so that each can be found, translated and documented. */
export function errorFamily<Catalog extends Readonly<Record<string, ErrorTemplate>>>(
  family: string,
  catalog: Catalog,
): ErrorFactory<Extract<keyof Catalog, string>> {
  const make = (code: Extract<keyof Catalog, string>, args?: ErrorArguments, cause?: unknown): AirgapError =>
    new AirgapError(`${family}.${code}`, catalog[code] as ErrorTemplate, args ?? {}, cause);
  return Object.assign(make, { family, catalog });
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
