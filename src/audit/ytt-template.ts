import { Lexer } from 'yaml';

/** What yaml's lexer puts before a scalar. */
const SCALAR = '\u001F';

/** Whether a YAML text has instructions for ytt: comments that begin with `#@` (ytt docs, "Syntax"). Those in a text block are none. */
export function usesYtt(source: string): boolean {
  if (!source.includes('#@')) return false;
  let before = '';
  for (const lexeme of new Lexer().lex(source)) {
    if (lexeme.startsWith('#@') && before !== SCALAR) return true;
    before = lexeme;
  }
  return false;
}
