import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder } from './lifetime.ts';
import { outputOf, runProgram } from './run-program.ts';
import { ensureCosign } from './setup/cosign.mjs';

/**
 * Where a signature is stored. `bundle`: as an OCI referrer, the default of cosign 3; `tag`: under `sha256-….sig`, as
 * in cosign 2; `oci-1-1`: the signature format of cosign 2 as an OCI referrer.
 */
export type SignatureStore = 'bundle' | 'tag' | 'oci-1-1';

/** The real cosign with its own key, isolated from all public services. */
export interface Cosign {
  /** The PEM file with its public key. */
  readonly publicKey: string;
  /** @param reference registry/path@digest; the manifests of an index are signed too */
  sign(reference: string, store?: SignatureStore): Promise<void>;
  attest(reference: string): Promise<void>;
  /** @returns the error output of `cosign verify`; undefined if the image verifies */
  verify(reference: string, store?: SignatureStore): Promise<string | undefined>;
  verifyAttestation(reference: string): Promise<string | undefined>;
  /** Verifies a keyless signature with the authorities and logs in a trusted_root.json. */
  verifyKeyless(reference: string, trustedRoot: string, subject: string, issuer: string): Promise<string | undefined>;
  remove(): Promise<void>;
}

// A proxy that does not exist keeps cosign away from the public trust root; Go uses no proxy for loopback.
const nowhere = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };
const withoutServices = {
  mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
  rekorTlogConfig: {},
  tsaConfig: {},
};
const toTag = ['--use-signing-config=false', '--new-bundle-format=false', '--tlog-upload=false'];

export async function startCosign(): Promise<Cosign> {
  const program = await ensureCosign();
  const folder = await makeTemporaryFolder('cosign');
  const env = { ...nowhere, HOME: folder.path, COSIGN_PASSWORD: '', COSIGN_EXPERIMENTAL: '1' };
  const options = { env, cwd: folder.path };
  await outputOf(program, ['generate-key-pair'], options);
  await writeFile(join(folder.path, 'config.json'), JSON.stringify(withoutServices));
  const stores: Record<SignatureStore, readonly string[]> = {
    bundle: ['--signing-config', 'config.json'],
    tag: toTag,
    'oci-1-1': [...toTag, '--registry-referrers-mode=oci-1-1'],
  };
  const key = ['--key', 'cosign.key', '-y', '--allow-http-registry'];
  const publicKey = ['--key', 'cosign.pub', '--insecure-ignore-tlog=true', '--allow-http-registry'];
  const complaint = async (args: readonly string[]) => {
    const { code, stderr } = await runProgram(program, args, options);
    return code === 0 ? undefined : stderr;
  };
  return {
    publicKey: join(folder.path, 'cosign.pub'),
    async sign(reference, store = 'bundle') {
      const recursive = store === 'oci-1-1' ? [] : ['--recursive'];
      await outputOf(program, ['sign', ...key, ...recursive, ...stores[store], reference], options);
    },
    async attest(reference) {
      await writeFile(join(folder.path, 'predicate.json'), JSON.stringify({ build: randomUUID() }));
      const predicate = ['--predicate', 'predicate.json', '--type', 'custom'];
      await outputOf(program, ['attest', ...key, ...stores.bundle, ...predicate, reference], options);
    },
    verify(reference, store = 'bundle') {
      const mode = store === 'oci-1-1' ? ['--experimental-oci11'] : [];
      return complaint(['verify', ...publicKey, ...mode, reference]);
    },
    verifyAttestation: (reference) => complaint(['verify-attestation', ...publicKey, '--type', 'custom', reference]),
    verifyKeyless: (reference, trustedRoot, subject, issuer) => {
      const identity = ['--certificate-identity', subject, '--certificate-oidc-issuer', issuer];
      const root = ['--trusted-root', trustedRoot, '--insecure-ignore-sct', '--allow-http-registry'];
      return complaint(['verify', ...root, ...identity, reference]);
    },
    remove: () => folder.remove(),
  };
}
