import { Lexer } from 'yaml';

/**
 * Whether a YAML text has ytt annotations: comments that start with `#@` (ytt docs, "Syntax"), outside block scalars.
 */
export function usesYtt(source: string): boolean {
  if (!source.includes('#@')) return false;
  for (const lexeme of new Lexer().lex(source)) if (lexeme.startsWith('#@')) return true;
  return false;
}
