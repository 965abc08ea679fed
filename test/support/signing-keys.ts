import { generateKeyPairSync } from 'node:crypto';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { makeTemporaryFolder, type TemporaryFolder } from './lifetime.ts';
import { outputOf, runProgram } from './run-program.ts';
import { ensureCosign } from './setup/cosign.mjs';

/** A key with which files are signed, and the real program that made it and judges its signatures. */
export interface SigningKey {
  /** For --sign. */
  readonly path: string;
  /** For --require-signature. */
  readonly publicPath: string;
  readonly env: Readonly<Record<string, string>>;
  /** Signs a file as its own program does. */
  signFile(file: string): Promise<void>;
  /** @returns the complaints of the program; undefined if a signature next to the file is right */
  verifyFile(file: string): Promise<string | undefined>;
}

export const PASSWORD = 'a password of the test';
export const NAMESPACE = 'carvel-airgap';

/** cosign and ssh-keygen with keys in a folder of their own. */
export class SigningKeys {
  readonly folder: string;
  readonly #cosign: string;
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder, cosign: string) {
    this.folder = folder.path;
    this.#folder = folder;
    this.#cosign = cosign;
  }

  static async make(): Promise<SigningKeys> {
    const folder = await makeTemporaryFolder('signing');
    await writeFile(
      join(folder.path, 'services.json'),
      '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}',
    );
    return new SigningKeys(folder, await ensureCosign());
  }

  remove(): Promise<void> {
    return this.#folder.remove();
  }

  /** A key pair of cosign generate-key-pair. */
  async cosign(name: string): Promise<SigningKey> {
    const env = this.#environment();
    await outputOf(this.#cosign, ['generate-key-pair', '--output-key-prefix', name], { cwd: this.folder, env });
    return this.#cosignKey(join(this.folder, `${name}.key`), join(this.folder, `${name}.pub`));
  }

  /** A key pair in PEM without a password, judged by cosign. */
  async pem(name: string, type: 'ed25519' | 'rsa' | 'P-256'): Promise<SigningKey> {
    const { publicKey, privateKey } =
      type === 'ed25519'
        ? generateKeyPairSync('ed25519')
        : type === 'rsa'
          ? generateKeyPairSync('rsa', { modulusLength: 2048 })
          : generateKeyPairSync('ec', { namedCurve: type });
    const [path, publicPath] = [join(this.folder, `${name}.pem`), join(this.folder, `${name}.pub`)];
    await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(publicPath, publicKey.export({ type: 'spki', format: 'pem' }));
    const raw =
      type === 'ed25519' ? ['pkeyutl', '-rawin', '-inkey', path, '-in'] : ['dgst', '-sha256', '-keyform', 'PEM'];
    return {
      ...this.#cosignKey(path, publicPath),
      async signFile(file) {
        const binary = `${file}.bin`;
        const args = type === 'ed25519' ? [...raw, file, '-sign'] : [...raw, '-sign', path];
        await outputOf('openssl', [...args, '-out', binary, ...(type === 'ed25519' ? [] : [file])]);
        await writeFile(`${file}.sig`, (await readFile(binary)).toString('base64'));
        await rm(binary);
      },
    };
  }

  /** An SSH key. The name is its principal in a file of allowed signers. */
  async ssh(name: string, args: readonly string[], passphrase = ''): Promise<SigningKey> {
    const path = join(this.folder, name);
    await outputOf('ssh-keygen', ['-q', '-N', passphrase, '-C', name, '-f', path, ...args]);
    const allowed = join(this.folder, `${name}.allowed`);
    const publicKey = await readFile(`${path}.pub`, 'utf8');
    await writeFile(allowed, `# who may sign\n${name} namespaces="git,${NAMESPACE}" ${publicKey}`);
    return {
      path,
      publicPath: allowed,
      env: { COSIGN_PASSWORD: passphrase },
      async signFile(file) {
        await outputOf('ssh-keygen', ['-Y', 'sign', '-q', '-n', NAMESPACE, '-f', path, file]);
      },
      async verifyFile(file) {
        const args = ['-Y', 'verify', '-n', NAMESPACE, '-f', allowed, '-I', name, '-s', `${file}.sig`];
        const { code, stderr, stdout } = await runProgram('ssh-keygen', args, { input: await readFile(file, 'utf8') });
        return code === 0 ? undefined : stdout + stderr;
      },
    };
  }

  #cosignKey(path: string, publicPath: string): SigningKey {
    const env = this.#environment();
    const options = { cwd: this.folder, env };
    const cosign = this.#cosign;
    return {
      path,
      publicPath,
      env: { COSIGN_PASSWORD: PASSWORD },
      async signFile(file) {
        const services = ['--signing-config', 'services.json', '--bundle', `${file}.sigstore.json`];
        await outputOf(cosign, ['sign-blob', '--key', path, '-y', ...services, file], options);
      },
      async verifyFile(file) {
        const complaints: string[] = [];
        for (const signature of [`--signature=${file}.sig`, `--bundle=${file}.sigstore.json`]) {
          const args = ['verify-blob', '--key', publicPath, signature, '--insecure-ignore-tlog=true', file];
          const { code, stderr } = await runProgram(cosign, args, options);
          if (code !== 0) complaints.push(`${signature}: ${stderr}`);
        }
        return complaints.length === 0 ? undefined : complaints.join('\n');
      },
    };
  }

  /** A proxy that does not exist keeps cosign away from all public services. */
  #environment(): Record<string, string> {
    const nowhere = 'http://127.0.0.1:9';
    return { HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere, HOME: this.folder, COSIGN_PASSWORD: PASSWORD };
  }
}

/** Copies a tar with its export manifest and its signatures. */
export async function copyExport(from: string, to: string): Promise<void> {
  for (const suffix of ['', '.export.json']) await copyFile(from + suffix, to + suffix);
  for (const suffix of ['.sig', '.sigstore.json']) {
    await copyFile(`${from}.export.json${suffix}`, `${to}.export.json${suffix}`).catch(() => undefined);
  }
}
