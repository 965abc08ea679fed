import { errorFamily } from '../base/errors.ts';

/** Errors of keys, signatures and policies. */
export const trustError = errorFamily('trust', {
  'key-unreadable': {
    text: 'Cannot use the key {path}: {reason}',
    remedy: 'Choose a PEM key, a key pair of cosign, an SSH key, or a file of allowed signers.',
  },
  'key-password': {
    text: 'The password of the key {path} is wrong',
    remedy: 'Enter the password again. On the command line, it can be in COSIGN_PASSWORD.',
  },
  'key-password-missing': {
    text: 'The key {path} is encrypted, and no password was given',
    remedy: 'Enter the password, or set COSIGN_PASSWORD on the command line.',
  },
  'ssh-keygen-missing': {
    text: 'There is no ssh-keygen on the PATH, which signs with the SSH key {path}',
    remedy: 'Install the OpenSSH client, or sign with a key pair of cosign or a PEM key.',
  },
  'ssh-keygen-failed': {
    text: 'ssh-keygen cannot sign with the key {path}: {reason}',
    remedy: 'Try it with ssh-keygen -Y sign. For the public key of an agent, SSH_AUTH_SOCK must be set.',
  },
  'signature-missing': {
    text: '{path} is not signed: there is no {signature}',
    remedy: 'Transfer the signature too. A signature by one of the keys in {keys} is required.',
  },
  'signature-invalid': {
    text: 'The signature {signature} is not valid: {reason}',
    remedy: 'Transfer it again, as a binary file.',
  },
  'signature-altered': {
    text: '{path} is not what was signed by {signer}: it was changed, or {signature} belongs to another file',
    remedy: 'Transfer both again from their origin. If they are the same there, do not use them.',
  },
  'signature-untrusted': {
    text: '{path} is signed by {signer}, which is none of the keys in {keys}',
    remedy: 'Ask the sender which key is right, and specify that key.',
  },
  'export-altered': {
    text: '{path} is not what its signed export manifest describes: the content of {digest} is different',
    remedy: 'Transfer the tar again from its origin. Nothing was imported.',
  },
  'signature-mismatch': {
    text: '{signature} is not a signature of {path} by a key in {keys}',
    remedy:
      'Either the file was changed or another key signed it. Transfer both again, and ask the sender for the key.',
  },
  'policy-unreadable': {
    text: 'Cannot read the policy {path}: {reason}',
    remedy: 'Check the path, and that the file and the keys that it names can be read.',
  },
  'policy-invalid': {
    text: 'The policy {path} is not valid: {reason}',
    remedy: 'Correct the file. docs/policy.md describes what it may contain.',
  },
  refused: {
    text: 'The policy {path} does not admit {count} of {total} images: {reasons}',
    remedy:
      'Nothing was written. Ask whoever publishes the images for valid signatures, or change the policy. --policy-mode=warn copies nevertheless, and reports the same.',
  },
});
