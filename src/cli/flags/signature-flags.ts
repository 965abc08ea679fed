import type { Flag } from './flag.ts';

/** @param what is signed, such as "the inventory" */
export function signFlag(what: string): Flag {
  return {
    name: 'sign',
    kind: 'text',
    value: 'KEY',
    help: `Sign ${what}: a private key of cosign, in PEM, or of OpenSSH, or the public key of one in an SSH agent ($COSIGN_PASSWORD or a question for its password)`,
  };
}

/** @param what must be signed, such as "the tar" */
export function requireSignatureFlag(what: string): Flag {
  return {
    name: 'require-signature',
    kind: 'list',
    value: 'KEY',
    help: `Refuse ${what} unless one of these keys has signed it: cosign.pub, another public key in PEM or of OpenSSH, or a file of allowed signers; can be repeated`,
  };
}
