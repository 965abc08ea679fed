import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

import { AirgapError, isAbort } from '../base/errors.ts';
import { unlessAborted } from '../base/parallel.ts';
import { reasonOf } from '../carvel/archive/scan.ts';
import { decryptCosignKey, WrongPassword } from './cosign-key.ts';
import { trustError } from './errors.ts';
import { hintOf } from './signature.ts';
import type { SignatureFile } from './signature.ts';
import { SSH_KEY_TYPES, SshReader } from './ssh-wire.ts';
import { signWithSshKeygen } from './ssh-keygen.ts';

/** Signs files with one key. */
export interface Signer {
  /** The signatures of a file's content, to be written next to it. */
  sign(bytes: Uint8Array, signal: AbortSignal): Promise<readonly SignatureFile[]>;
}

/** Asks for the password of an encrypted key; undefined if there is nobody to ask. */
export type AskPassword = (key: string) => Promise<string | undefined>;

const LIMIT = 1024 * 1024;
const PRIVATE_KEYS = new Set(['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY']);
const COSIGN_KEYS = new Set(['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY']);

/**
 * Opens a key for signing: the private key of a cosign key pair, a PEM private key, or an OpenSSH private key; for a key
 * in an SSH agent, its public key. Signs something once, so that a key that cannot sign is found out now.
 * @throws trust.key-unreadable, -password, -password-missing, trust.ssh-keygen-missing, -failed
 */
export async function openSigner(path: string, ask: AskPassword, signal: AbortSignal): Promise<Signer> {
  const fail = (reason: string, cause?: unknown): Error => trustError('key-unreadable', { path, reason }, cause);
  const text = await stat(path)
    .then(({ size }) => {
      if (size > LIMIT) throw new Error(`it has more than ${LIMIT} bytes`);
      return readFile(path, 'utf8');
    })
    .catch((error: unknown) => {
      throw fail(reasonOf(error), error);
    });
  const password = async (): Promise<string> => {
    const given = await unlessAborted(ask(path), signal);
    if (given === undefined) throw trustError('key-password-missing', { path });
    return given;
  };
  const [, label = '', body = ''] = /-----BEGIN ([A-Z ]+)-----([^-]*)-----END \1-----/.exec(text) ?? [];
  try {
    if (label === 'OPENSSH PRIVATE KEY') {
      const passphrase = isEncrypted(Buffer.from(body, 'base64')) ? await password() : undefined;
      return await tried(sshSigner(path, passphrase), signal);
    }
    if (SSH_KEY_TYPES.includes(text.trim().split(/\s/)[0] ?? '')) return await tried(sshSigner(path), signal);
    if (COSIGN_KEYS.has(label)) {
      const bytes = await decryptCosignKey(Buffer.from(body, 'base64'), await password());
      return pemSigner(createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }));
    }
    if (!PRIVATE_KEYS.has(label)) throw new Error(label === '' ? 'it is not a key' : `it is a ${label}`);
    const isLocked = label === 'ENCRYPTED PRIVATE KEY' || body.includes('Proc-Type: 4,ENCRYPTED');
    return pemSigner(createPrivateKey({ key: text, ...(isLocked ? { passphrase: await password() } : {}) }));
  } catch (error) {
    if (error instanceof AirgapError || isAbort(error)) throw error;
    if (error instanceof WrongPassword || isWrongPassword(error)) throw trustError('key-password', { path }, error);
    throw fail(reasonOf(error), error);
  }
}

async function tried(signer: Signer, signal: AbortSignal): Promise<Signer> {
  await signer.sign(Buffer.from('carvel-airgap'), signal);
  return signer;
}

function sshSigner(path: string, passphrase?: string): Signer {
  return {
    sign: async (bytes, signal) => [
      { suffix: '.sig', text: await signWithSshKeygen(path, bytes, { passphrase, signal }) },
    ],
  };
}

/** Both forms that cosign verify-blob takes: --signature, and --bundle, which newer versions prefer. */
function pemSigner(key: KeyObject): Signer {
  const hint = hintOf(createPublicKey(key));
  const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return {
    sign: (bytes) => {
      const signature = sign(hash, bytes, key).toString('base64');
      const digest = createHash('sha256').update(bytes).digest('base64');
      const bundle = {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: { publicKey: { hint } },
        messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest }, signature },
      };
      return Promise.resolve([
        { suffix: '.sig', text: signature },
        { suffix: '.sigstore.json', text: `${JSON.stringify(bundle)}\n` },
      ]);
    },
  };
}

/** Whether an OpenSSH private key (openssh-portable, PROTOCOL.key) is encrypted. */
function isEncrypted(content: Buffer): boolean {
  const reader = new SshReader(content);
  if (reader.take(15).toString('latin1') !== 'openssh-key-v1\0') throw new Error('it is not an OpenSSH private key');
  return reader.text() !== 'none';
}

/** OpenSSL's errors for a wrong password. */
function isWrongPassword(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'ERR_OSSL_BAD_DECRYPT' || code === 'ERR_OSSL_EVP_BAD_DECRYPT';
}
