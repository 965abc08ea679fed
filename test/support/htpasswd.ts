import { outputOf } from './run-program.ts';

/**
 * A line of an htpasswd file. The registry accepts only bcrypt, which neither Node nor openssl supports; the C
 * library's crypt(3) does, and perl is part of every Debian.
 */
export async function htpasswdLine(user: string, password: string): Promise<string> {
  // Cost 4, the lowest, because the registry computes the hash for every request. The salt need not be secret.
  const program = String.raw`chomp(my $password = <STDIN>); print crypt($password, '$2b$04$' . 'a' x 22)`;
  const hash = await outputOf('perl', ['-e', program], { input: `${password}\n` });
  if (!hash.startsWith('$2b$')) throw new Error('crypt(3) of this machine knows no bcrypt');
  return `${user}:${hash}\n`;
}
