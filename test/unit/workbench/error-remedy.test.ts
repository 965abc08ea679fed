import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { AirgapError } from '../../../src/base/errors.ts';
import { remediedHost, remedyFor } from '../../../src/workbench/errors/error-remedy.ts';

const failure = (code: string, args = {}) => new AirgapError(code, { text: code }, args);

describe('the host to which a remedy applies', () => {
  const asked = ['a.example', 'b.example'];
  const evil = { host: 'evil.example' };

  it('is the registry that the error names, if the operation was about it', () => {
    assert.equal(remediedHost(failure('oci.not-https', { host: 'b.example' }), asked), 'b.example');
    assert.equal(remediedHost(failure('oci.not-https', evil), asked), undefined);
    assert.equal(remediedHost(failure('oci.unauthorized', evil), asked), undefined);
  });

  it('is the registry that a token server belongs to', () => {
    const refused = failure('oci.unauthorized', { registry: 'b.example', host: 'auth.example' });
    assert.equal(remediedHost(refused, asked), 'b.example');
  });

  it('is a registry that only a lock names, for credentials and nothing else', () => {
    const lock = { registry: 'c.example', host: 'c.example' };
    assert.equal(remediedHost(failure('oci.credentials-missing', lock), asked), 'c.example');
    assert.equal(remediedHost(failure('oci.not-https', lock), asked), undefined);
  });

  it('is the host that presented a certificate, which is shown before it is trusted', () => {
    assert.equal(remediedHost(failure('oci.certificate-unknown', { host: 'auth.example' }), asked), 'auth.example');
  });

  it('is none if nothing can be changed', () => {
    assert.equal(remedyFor(failure('oci.timeout')), undefined);
    assert.equal(remedyFor(new Error('oci.unauthorized')), undefined);
  });
});
