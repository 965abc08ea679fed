// Test certificates, created by openssl. Elliptic curves, because generating an RSA key takes noticeable time.
import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { outputOf } from './run-program.ts';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Authority extends Certificate {
  /** `names`: host names and addresses for which it is valid. */
  issueServer(file: string, names: readonly string[], options?: { readonly expired?: boolean }): Promise<Certificate>;
  /** `groups` become organizations, which Kubernetes reads as groups. */
  issueClient(file: string, user: string, groups?: readonly string[]): Promise<Certificate>;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];

/** Creates a certificate authority with the files `<name>.crt` and `<name>.key` in `folder`. */
export async function createAuthority(folder: string, name: string): Promise<Authority> {
  const authority = files(folder, name);
  // Our own configuration, because the machine's would add extensions.
  const config = join(folder, `${name}.cnf`);
  await writeFile(config, '[req]\ndistinguished_name = name\n[name]\n');
  await request(config, authority, `/CN=${name}`, [
    'basicConstraints=critical,CA:TRUE',
    'keyUsage=critical,keyCertSign,cRLSign',
  ]);

  const signed = ['-CA', authority.certFile, '-CAkey', authority.keyFile];
  async function issue(file: string, subject: string, extensions: string[]): Promise<Certificate> {
    const certificate = files(folder, file);
    const all = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', ...extensions];
    await request(config, certificate, subject, all, signed);
    return certificate;
  }

  return {
    ...authority,
    async issueServer(file, names, options = {}) {
      const alternatives = names.map((entry) => `${isIP(entry) ? 'IP' : 'DNS'}:${entry}`).join(',');
      const extensions = ['extendedKeyUsage=serverAuth', `subjectAltName=${alternatives}`];
      const certificate = await issue(file, `/CN=${file}`, extensions);
      if (options.expired === true) await signAgain(certificate, [...signed, '-days', '-1']);
      return certificate;
    },
    issueClient(file, user, groups = []) {
      const subject = `${groups.map((group) => `/O=${escape(group)}`).join('')}/CN=${escape(user)}`;
      return issue(file, subject, ['extendedKeyUsage=clientAuth']);
    },
  };
}

/** Creates a key pair for signing service account tokens. */
export async function createKeyPair(
  folder: string,
  name: string,
): Promise<{ privateFile: string; publicFile: string }> {
  const privateFile = join(folder, `${name}.key`);
  const publicFile = join(folder, `${name}.pub`);
  await outputOf('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', privateFile]);
  await outputOf('openssl', ['ec', '-in', privateFile, '-pubout', '-out', publicFile]);
  return { privateFile, publicFile };
}

function files(folder: string, name: string): Certificate {
  return { certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
}

async function request(
  config: string,
  { certFile, keyFile }: Certificate,
  subject: string,
  extensions: readonly string[],
  more: readonly string[] = [],
): Promise<void> {
  const added = extensions.flatMap((extension) => ['-addext', extension]);
  const out = ['-keyout', keyFile, '-out', certFile];
  await outputOf('openssl', [
    'req',
    '-x509',
    '-config',
    config,
    ...newKey,
    '-subj',
    subject,
    ...added,
    ...more,
    ...out,
  ]);
}

/** `req` cannot create a certificate that has already expired; `x509` can. */
async function signAgain({ certFile, keyFile }: Certificate, options: readonly string[]): Promise<void> {
  const copy = ['-copy_extensions', 'copy'];
  const requested = ['x509', '-x509toreq', '-in', certFile, '-key', keyFile, ...copy, '-out', `${certFile}.request`];
  await outputOf('openssl', requested);
  await outputOf('openssl', ['x509', '-req', '-in', `${certFile}.request`, ...options, ...copy, '-out', certFile]);
}

function escape(text: string): string {
  return text.replaceAll(/[\\/+]/g, String.raw`\$&`);
}
