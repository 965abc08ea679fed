import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainFailure, explainInstallFailure } from '../../../src/packaging/explain-failure.ts';
import { FAILURES } from '../../../src/packaging/failure-table.ts';
import { normalizeFailure } from '../../../src/packaging/failure-text.ts';
import { ANSWER_TEXTS, fetched } from './failure-texts.ts';
import type { FailureText } from './failure-texts.ts';
import { INSTALL_TEXTS } from './install-failure-texts.ts';
import { MISLEADING_TEXTS } from './misleading-failure-texts.ts';
import { repositoryWith } from './recorded.ts';
import { REPOSITORY_TEXTS } from './repository-failure-texts.ts';
import { WAITING_TEXTS } from './waiting-texts.ts';

const repository = repositoryWith({});
const install = { namespace: 'demo', refName: 'web.apps.example' };

function explains(texts: readonly FailureText[], explain: (text: string) => ReturnType<typeof explainFailure>): void {
  for (const { source, text, code, says, not } of texts) {
    const shown = normalizeFailure(text).slice(-80);
    test(`${source}: ${code === undefined ? 'shown as it is' : `explained as ${code}`}: ${shown}`, () => {
      const explanation = explain(text);
      assert.equal(explanation?.code, code && `reconcile.${code}`, explanation?.message);
      const said = `${explanation?.message ?? ''} ${explanation?.remedy ?? ''}`;
      assert.doesNotMatch(said, /\{\w+\}|undefined/);
      if (says !== undefined) assert.match(said, says);
      if (not !== undefined) assert.doesNotMatch(said, not);
    });
  }
}

explains([...ANSWER_TEXTS, ...REPOSITORY_TEXTS], (text) => explainFailure(text, repository));
explains(MISLEADING_TEXTS, (text) => explainFailure(text, repository));
explains(INSTALL_TEXTS, (text) => explainInstallFailure(text, install));

test('a text is explained in the same way on one line', () => {
  for (const { text } of [...ANSWER_TEXTS, ...REPOSITORY_TEXTS]) {
    const reported = explainFailure(text, repository)?.message;
    assert.equal(explainFailure(normalizeFailure(text), repository)?.message, reported);
  }
});

test('the host of an explanation is the one in the failing request', () => {
  const explanation = explainFailure(
    fetched('Get "https://mirror.example:8443/token?service=a": dial tcp 10.0.0.1:8443: connect: connection refused'),
    repository,
  );
  assert.equal(explanation?.args['host'], 'mirror.example:8443');
});

test('a reference without a host is reported as Docker Hub, as kapp-controller reads it', () => {
  const hub = repositoryWith({ spec: { fetch: { imgpkgBundle: { image: 'k8slt/repo' } } } });
  assert.equal(explainFailure(fetched('The provided image is not a bundle'), hub)?.args['host'], 'index.docker.io');
});

test('the credentials to enter are those of the registry, even if its token server rejected them', () => {
  const explanation = explainFailure(
    fetched('Unable to create round tripper: GET https://auth.example/token?service=h: unexpected status code 401'),
    repository,
  );
  assert.equal(explanation?.args['host'], 'registry.example');
});

test('a failure is also recognized at the end of a long output', () => {
  assert.equal(
    explainFailure(
      `kapp: Error: ${'x'.repeat(100_000)}\nConflicting resources: Package/a is already present but not identical (b)`,
      repository,
    )?.code,
    'reconcile.conflict',
  );
});

test('a very long text from the cluster is searched to its end', () => {
  // With an expression that backtracks this would take hours.
  const long = `vendir: Error: Get "https://${'a'.repeat(50_000)} x509: ${'https://h/ '.repeat(5000)}`;
  assert.doesNotThrow(() => explainFailure(long, repository));
});

test('each failure in the tables has a text that it was made for', () => {
  const reported = new Set(
    [...ANSWER_TEXTS, ...REPOSITORY_TEXTS, ...MISLEADING_TEXTS, ...INSTALL_TEXTS, ...WAITING_TEXTS].map(
      ({ code }) => code,
    ),
  );
  // These are recorded as whole objects: recorded-states.test.ts.
  for (const code of ['not-a-bundle', 'no-tag-matches', 'conflict']) reported.add(code);
  const codes = Object.values(FAILURES).flatMap((rows) => rows.map(({ code }) => code));
  assert.deepEqual(
    codes.filter((code) => !reported.has(code)),
    [],
  );
});

test('the failed fetch step determines the registry', () => {
  const text = fetched('GET https://b.example/v2/two/manifests/1: MANIFEST_UNKNOWN: manifest unknown', '1');
  const steps = ['a.example/one:1', 'b.example/two:1'].map((source) => ({ kind: 'imgpkgBundle', source }) as const);
  assert.equal(explainInstallFailure(text, install, steps)?.code, 'reconcile.image-missing');
  assert.equal(explainInstallFailure(text, install, steps.toReversed())?.code, 'reconcile.other-registry');
});

test('an explanation that could not name its subject is omitted', () => {
  // Of a PackageInstall whose Package is not known, nobody can say which image that was.
  assert.equal(explainInstallFailure(fetched('The provided image is not a bundle'), install), undefined);
});
