import { Lexer } from 'yaml';

/** Whether a YAML text has instructions for ytt: comments that begin with `#@` (ytt docs, "Syntax"). Those in a text block are none. */
export function usesYtt(source: string): boolean {
  if (!source.includes('#@')) return false;
  for (const lexeme of new Lexer().lex(source)) if (lexeme.startsWith('#@')) return true;
  return false;
}
