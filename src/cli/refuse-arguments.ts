import { cliError } from './errors.ts';

/**
 * @param most maximum number of arguments besides flags
 * @throws cli.extra-arguments, in imgpkg's words
 */
export function refuseArguments(command: string, rest: readonly string[], most = 0): void {
  if (rest.length > most) throw cliError('extra-arguments', { command, arguments: rest.slice(most).join(', ') });
}
