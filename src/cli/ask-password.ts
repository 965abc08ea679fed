import { basename } from 'node:path';

import { abortError } from '../base/errors.ts';
import type { AskPassword } from '../trust/signer.ts';

/**
 * Takes the password of a key from COSIGN_PASSWORD, as cosign does, or asks on the terminal without showing it.
 * @returns undefined if there is neither
 */
export function passwordAsker(environment: NodeJS.ProcessEnv): AskPassword {
  return (key) => {
    const given = environment['COSIGN_PASSWORD'];
    if (given !== undefined) return Promise.resolve(given);
    return process.stdin.isTTY ? askOnTerminal(`Password of ${basename(key)}: `) : Promise.resolve(undefined);
  };
}

function askOnTerminal(question: string): Promise<string> {
  const { stdin, stderr } = process;
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (): void => {
      stdin.setRawMode(false);
      stdin.pause();
      stdin.off('data', onData);
      stderr.write('\n');
    };
    const onData = (text: string): void => {
      for (const character of text) {
        if (character === '\r' || character === '\n') {
          end();
          return resolve(typed);
        }
        // Ctrl-C and Ctrl-D, which a raw terminal does not turn into signals.
        if (character === '\u0003' || character === '\u0004') {
          end();
          return reject(abortError());
        }
        if (character === '\u007F' || character === '\b') typed = typed.slice(0, -1);
        else typed += character;
      }
    };
    stderr.write(question);
    stdin.setRawMode(true);
    stdin.setEncoding('utf8').on('data', onData).resume();
  });
}
