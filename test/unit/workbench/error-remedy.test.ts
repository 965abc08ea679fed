import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { AirgapError } from '../../../src/base/errors.ts';
import { remediedRegistry, remedyFor } from '../../../src/workbench/errors/error-remedy.ts';

const failure = (code: string, args = {}) => new AirgapError(code, { text: code }, args);

describe('what a user can do about an error', () => {
  const cases: [code: string, remedy: string | undefined][] = [
    ['oci.credentials-missing', 'credentials'],
    ['oci.unauthorized', 'credentials'],
    ['oci.forbidden', 'credentials'],
    ['oci.certificate-unknown', 'certificate'],
    ['oci.certificate-name', 'certificate'],
    ['oci.certificate-expired', 'certificate'],
    ['oci.certificate-early', 'certificate'],
    ['oci.not-https', 'http'],
    ['oci.not-found', undefined],
    ['oci.proxy-unauthorized', undefined],
  ];
  for (const [code, remedy] of cases) {
    it(`${code}: ${remedy}`, () => assert.equal(remedyFor(failure(code)), remedy));
  }
});

describe('the registry that is changed for it', () => {
  const known = ['a.example', 'b.example'];

  it('is the one that the error names, where the operation was about it', () => {
    assert.equal(remediedRegistry(failure('oci.not-https', { host: 'b.example' }), known), 'b.example');
    assert.equal(remediedRegistry(failure('oci.not-https', { host: 'evil.example' }), known), undefined);
    assert.equal(
      remediedRegistry(failure('oci.certificate-unknown', { host: 'evil.example' }), ['a.example']),
      undefined,
    );
  });

  it('is the only one that was asked, where its token server refuses the password', () => {
    const refused = failure('oci.unauthorized', { host: 'auth.example' });
    assert.equal(remediedRegistry(refused, ['a.example']), 'a.example');
    assert.equal(remediedRegistry(refused, known), undefined);
  });
});
