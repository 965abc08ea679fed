import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { AirgapError } from '../../../src/base/errors.ts';
import { remediedHost, remedyFor } from '../../../src/workbench/errors/error-remedy.ts';

const failure = (code: string, args = {}) => new AirgapError(code, { text: code }, args);

describe('the host that is changed to get rid of an error', () => {
  const asked = ['a.example', 'b.example'];
  const evil = { host: 'evil.example' };

  it('is the registry that the error names, where the operation was about it', () => {
    assert.equal(remediedHost(failure('oci.not-https', { host: 'b.example' }), asked), 'b.example');
    assert.equal(remediedHost(failure('oci.not-https', evil), asked), undefined);
    assert.equal(remediedHost(failure('oci.unauthorized', evil), asked), undefined);
  });

  it('is the registry to whom a token server belongs', () => {
    const refused = failure('oci.unauthorized', { registry: 'b.example', host: 'auth.example' });
    assert.equal(remediedHost(refused, asked), 'b.example');
  });

  it('is a registry that only a lock names, for credentials and nothing else', () => {
    const lock = { registry: 'c.example', host: 'c.example' };
    assert.equal(remediedHost(failure('oci.credentials-missing', lock), asked), 'c.example');
    assert.equal(remediedHost(failure('oci.not-https', lock), asked), undefined);
  });

  it('is whoever showed a certificate: it is shown before it is trusted', () => {
    assert.equal(remediedHost(failure('oci.certificate-unknown', { host: 'auth.example' }), asked), 'auth.example');
  });

  it('is none where nothing can be changed', () => {
    assert.equal(remedyFor(failure('oci.timeout')), undefined);
    assert.equal(remedyFor(new Error('oci.unauthorized')), undefined);
  });
});
