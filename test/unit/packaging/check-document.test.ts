import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkDocument } from '../../../src/packaging/documents/check-document.ts';
import { findDocuments, imagesOf } from '../../../src/packaging/documents/find-documents.ts';
import { explainFinding } from '../../../src/packaging/documents/finding.ts';
import type { DocumentFinding, TextEdit } from '../../../src/packaging/documents/finding.ts';
import { allowsPlainHttp } from '../../../src/packaging/documents/check-image.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const surroundings = {
  namespaceFor: (context?: string) => context ?? 'team',
  isHttp: (host: string) => host.startsWith('plain.'),
};
const GOOD = `# Our packages.
apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository # the repository
metadata:
  # its name
  name: packages # short
  namespace: demo
spec:
  syncPeriod: 1h30m # often
  fetch:
    imgpkgBundle:
      image: r.example/packages@${DIGEST} # tag: v1

# end
`;
const LOCK = `---
apiVersion: imgpkg.carvel.dev/v1alpha1
images:
- annotations:
    kbld.carvel.dev/id: a
  image: r.example/app@${DIGEST}
- image: r.example/bpp@${DIGEST}
kind: ImagesLock
`;

const check = (source: string): DocumentFinding[] =>
  findDocuments(source).flatMap((document) => checkDocument(document, surroundings));
const codes = (source: string): string[] => check(source).map(({ code }) => code);

function applied(source: string, edits: readonly TextEdit[]): string {
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), source);
}

/** The text after the only fix, or the one that is named. */
function fixed(source: string, code?: string): string {
  const fixes = check(source).flatMap((finding) => finding.fixes);
  const fix = code === undefined && fixes.length === 1 ? fixes[0] : fixes.find((each) => each.code === code);
  return applied(source, fix?.edits ?? assert.fail(`no fix: ${fixes.map((each) => each.code).join()}`));
}

/** Each: what is wrong, the change of a good document, what is found, the marked text, and the text after its fix. */
const CASES: {
  wrong: string;
  change: [from: string, to: string];
  code: string;
  mark: string;
  fix?: { code: string; to: string };
}[] = [
  {
    wrong: 'the API version of the published page',
    change: ['apiVersion: packaging.carvel.dev', 'apiVersion: install.package.carvel.dev'],
    code: 'old-api',
    mark: 'install.package.carvel.dev/v1alpha1',
    fix: { code: 'api-version', to: 'apiVersion: packaging.carvel.dev' },
  },
  {
    wrong: 'a version that nobody serves',
    change: ['packaging.carvel.dev/v1alpha1', 'packaging.carvel.dev/v1'],
    code: 'wrong-api',
    mark: 'packaging.carvel.dev/v1',
    fix: { code: 'api-version', to: 'packaging.carvel.dev/v1alpha1' },
  },
  {
    wrong: 'no namespace',
    change: ['  namespace: demo\n', ''],
    code: 'namespace-missing',
    mark: 'metadata',
    fix: { code: 'namespace', to: '  namespace: team\n' },
  },
  {
    wrong: 'a name with capitals',
    change: ['name: packages #', 'name: Packages #'],
    code: 'name-invalid',
    mark: 'Packages',
  },
  {
    wrong: 'a protocol',
    change: ['image: r.example', 'image: https://r.example'],
    code: 'image-protocol',
    mark: `https://r.example/packages@${DIGEST}`,
    fix: { code: 'protocol', to: 'image: r.example' },
  },
  {
    wrong: 'a reference that is none',
    change: ['image: r.example/packages@', 'image: r.example/Packages@'],
    code: 'image-invalid',
    mark: `r.example/Packages@${DIGEST}`,
  },
  {
    wrong: 'a tag',
    change: [`packages@${DIGEST}`, 'packages:v1'],
    code: 'unpinned',
    mark: 'r.example/packages:v1',
  },
  {
    wrong: 'days',
    change: ['1h30m', '2d'],
    code: 'duration-invalid',
    mark: '2d',
    fix: { code: 'go-duration', to: '48h' },
  },
  { wrong: 'a duration that is none', change: ['1h30m', 'often'], code: 'duration-invalid', mark: 'often' },
  { wrong: 'a number for a duration', change: ['1h30m', '10'], code: 'duration-invalid', mark: 'syncPeriod' },
  { wrong: 'a duration that is too short', change: ['1h30m', '5s'], code: 'duration-short', mark: '5s' },
  {
    wrong: 'a registry that the cluster cannot reach by http',
    change: ['image: r.example', 'image: plain.example'],
    code: 'plain-http',
    mark: `plain.example/packages@${DIGEST}`,
  },
  {
    wrong: 'two fetch directives',
    change: ['  fetch:\n', '  fetch:\n    git: # from there\n      url: https://git.example/a\n'],
    code: 'fetch-many',
    mark: 'imgpkgBundle',
  },
];

describe('a document', () => {
  test('that is correct has no findings', () => {
    assert.deepEqual(check(GOOD), []);
    assert.deepEqual(check(LOCK), []);
    assert.deepEqual(check(`apiVersion: v1\nkind: PackageRepository\n---\n${GOOD}---\n${LOCK}`), []);
  });

  for (const { wrong, change, code, mark, fix } of CASES) {
    test(`with ${wrong} has a finding at that place${fix === undefined ? '' : ', and is fixed with nothing else changed'}`, () => {
      const source = GOOD.replace(...change);
      const finding = check(source).find((each) => each.code === code) ?? assert.fail(codes(source).join());
      assert.equal(source.slice(finding.place.start, finding.place.end), mark);
      assert.doesNotMatch(explainFinding(finding).message, /[{}]/);
      if (fix === undefined) return;
      assert.equal(fixed(source, fix.code), GOOD.replace(change[0], fix.to));
    });
  }

  test('with a second directive loses the ignored one, and only that', () => {
    const source = GOOD.replace('  fetch:\n', '  fetch:\n    git:\n      url: https://git.example/a\n');
    assert.equal(
      fixed(source, 'drop-fetch'),
      source.slice(0, source.indexOf('    imgpkgBundle')) + source.slice(source.indexOf('\n# end')),
    );
  });

  test('with tag and tagSelection can be fixed in both ways', () => {
    const selection = '      tagSelection:\n        semver: {constraints: ">=1.0.0"}\n';
    const source = GOOD.replace(`packages@${DIGEST}`, 'packages:v1')
      .replace('\n# end', `${selection}\n# end`)
      .replace('v1\n\n', 'v1\n');
    assert.deepEqual(codes(source), ['tag-and-selection']);
    assert.equal(fixed(source, 'drop-tag'), source.replace('packages:v1', 'packages'));
    assert.equal(fixed(source, 'drop-selection'), source.replace(selection, ''));
    assert.deepEqual(codes(fixed(source, 'drop-tag')), []);
    assert.deepEqual(codes(fixed(source, 'drop-tag').replace('>=1.0.0', 'latest')), ['constraint-invalid']);
  });

  test('of the old API without a namespace gets both in one fix, also on one line and with a port in the image', () => {
    const old = `{apiVersion: install.package.carvel.dev/v1alpha1, kind: PackageRepository, metadata: {name: a}, spec: {fetch: {imgpkgBundle: {image: "r.example:5000/app@${DIGEST}"}}}}`;
    assert.deepEqual(codes(old), ['old-api']);
    assert.equal(
      fixed(old),
      old.replace('install.package', 'packaging').replace('{name: a}', '{name: a, namespace: team}'),
    );
  });

  test('with CRLF line ends keeps them', () => {
    const source = GOOD.replace('  namespace: demo\n', '').replaceAll('\n', '\r\n');
    assert.equal(fixed(source), GOOD.replace('demo', 'team').replaceAll('\n', '\r\n'));
  });

  test('in a lock is checked as strictly as by imgpkg', () => {
    assert.deepEqual(codes(LOCK.replace('v1alpha1', 'v1')), ['wrong-api']);
    assert.deepEqual(codes(LOCK.replace('kind:', 'extra: 1\nkind:')), ['unknown-field']);
    assert.deepEqual(codes(LOCK.replace(`bpp@${DIGEST}`, 'bpp:v1')), ['image-not-digest']);
    const bundle = `apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: BundleLock\nbundle: {image: "https://r.example/app:v1", tag: v1}\n`;
    assert.deepEqual(codes(bundle), ['image-protocol']);
    assert.deepEqual(codes(fixed(bundle)), ['image-not-digest']);
  });

  test('that is incomplete while typing is not checked', () => {
    assert.deepEqual(check(`${GOOD}  more: [`), []);
    assert.deepEqual(
      check(GOOD.slice(0, GOOD.indexOf('metadata'))).map(({ code }) => code),
      ['name-missing', 'fetch-missing'],
    );
  });

  test('lists its images with their positions', () => {
    const texts = findDocuments(`${GOOD}---\n${LOCK.slice(4)}`).flatMap(imagesOf);
    assert.deepEqual(
      texts.map(({ value, role }) => `${role} ${value}`),
      [`bundle r.example/packages@${DIGEST}`, `image r.example/app@${DIGEST}`, `image r.example/bpp@${DIGEST}`],
    );
  });
});

test('kapp-controller falls back to http for local names and private addresses only', () => {
  const local = [
    'localhost:5000',
    'kind-registry.local:5000',
    'a.localhost',
    '127.0.0.1:5000',
    '[::1]:5000',
    '10.1.2.3',
    '192.168.0.1:80',
    '172.16.0.1',
    '172.31.255.1:5000',
  ];
  const others = [
    'registry.example:5000',
    '172.32.0.1',
    '11.0.0.1',
    'local.example',
    '192.169.0.1',
    'localhost.example',
  ];
  assert.deepEqual(
    local.filter((host) => !allowsPlainHttp(host)),
    [],
  );
  assert.deepEqual(
    others.filter((host) => allowsPlainHttp(host)),
    [],
  );
});

test("the namespace that is added is that of the document's context", () => {
  const bare = GOOD.replace('  namespace: demo\n', '');
  assert.match(fixed(bare), /\n  namespace: team\n/);
  assert.match(fixed(`# kube-context: prod\n${bare}`), /\n  namespace: prod\n/);
});

test('values from anchors and merge keys are checked as they are', () => {
  const shared = GOOD.replace(
    '  # its name',
    '  annotations: {p: &p 10m, r: &r r.example/packages@' + DIGEST + '}\n  # its name',
  );
  const aliased = shared.replace('syncPeriod: 1h30m', 'syncPeriod: *p').replace(/image: r\..*\n/, 'image: *r\n');
  assert.deepEqual(codes(aliased), []);
  const merged = GOOD.replace('  syncPeriod: 1h30m # often\n', '  <<: {syncPeriod: 1d}\n');
  assert.deepEqual(codes(merged), ['duration-invalid']);
});
