import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { formatBundleLock, parseBundleLock } from '../../../src/carvel/bundle-lock.ts';
import { formatImageLocations } from '../../../src/carvel/image-locations.ts';
import { formatImagesLock, parseImagesLock } from '../../../src/carvel/images-lock.ts';
import { formatReference, parseDigestReference } from '../../../src/oci/reference.ts';
import { fixtureBundles, fixtureLocations } from '../../support/fixture.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const lock = (body: string) => `---\napiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\n${body}`;

describe('an ImagesLock', () => {
  test('lists canonical references with their annotations', () => {
    const text = lock(`images:\n- image: nginx:1.25@${digest}\n  annotations: {kbld.carvel.dev/id: "nginx:1.25"}\n`);
    const [image] = parseImagesLock(text, 'x').images;
    assert.ok(image);
    assert.equal(formatReference(image.reference), `index.docker.io/library/nginx@${digest}`);
    assert.deepEqual(image.annotations, { 'kbld.carvel.dev/id': 'nginx:1.25' });
  });

  test('may be empty', () => {
    assert.deepEqual(parseImagesLock(lock(''), 'x').images, []);
    assert.deepEqual(parseImagesLock(lock('images: null\n'), 'x').images, []);
  });

  // Texts as imgpkg gives them, since scripts match on them.
  for (const [what, text, message] of [
    ['another version', 'apiVersion: v1\nkind: ImagesLock\n', /Validating apiVersion: Unknown version \(known: imgpkg/],
    ['another kind', 'apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: BundleLock\n', /Validating kind: Unknown kind/],
    ['unknown keys', lock('image: x\n'), /unknown field "image"/],
    [
      'unknown keys of an image',
      lock(`images:\n- image: x@${digest}\n  tag: v1\n`),
      /images\[0\].*unknown field "tag"/,
    ],
    ['tags', lock('images:\n- image: nginx:v1\n'), /Expected ref to be in digest form, got 'nginx:v1'/],
    ['repeated keys', lock('kind: ImagesLock\n'), /unique/],
    ['a list where a mapping belongs', '- a\n', /expected a mapping/],
    ['broken YAML', 'a: [', /is not valid/],
  ] as const) {
    test(`rejects ${what} and names the file`, () => {
      assert.throws(
        () => parseImagesLock(text, 'images.yml of registry.example/b'),
        (error: Error) => {
          assert.match(error.message, message);
          assert.match(error.message, /images\.yml of registry\.example\/b/);
          return true;
        },
      );
    });
  }

  // Values as imgpkg 0.47 reads them; the interop stage asks it.
  for (const [yaml, text] of [
    ['1234', '1234'],
    ['0x1F', '31'],
    ['0777', '511'],
    ['08', '8'],
    ['1_000', '1000'],
    ['18446744073709551616', '1.8446744e+19'],
    ['1.50', '1.5'],
    ['123456.5', '123456.5'],
    ['1234567.5', '1.2345675e+06'],
    ['.inf', '+Inf'],
    ['yes', 'true'],
    ['Off', 'false'],
    ['', ''],
    ['~', ''],
    ['2024-01-02', '2024-01-02'],
    ['1:30', '1:30'],
    ['"0x1F"', '0x1F'],
    ['!!str 007', '007'],
    ['!custom text', 'text'],
    ['!!binary aGVsbG8=', 'hello'],
  ] as const) {
    test(`reads the annotation \`${yaml}\` as the text '${text}'`, () => {
      const body = `images:\n- image: a.example/xx@${digest}\n  annotations:\n    key: ${yaml}\n`;
      assert.deepEqual(parseImagesLock(lock(body), 'x').images[0]?.annotations, { key: text });
    });
  }

  test('converts keys that are not text', () => {
    const body = `images:\n- image: a.example/xx@${digest}\n  annotations: {1: a, yes: b, 1.5: c, .inf: d}\n`;
    assert.deepEqual(parseImagesLock(lock(body), 'x').images[0]?.annotations, {
      1: 'a',
      true: 'b',
      '1.5': 'c',
      '.inf': 'd',
    });
  });

  test('may use merge keys, which must not repeat a key', () => {
    const body = (more: string) =>
      `images:\n- &first\n  image: a.example/xx@${digest}\n- <<: *first\n  annotations: {<<: [{a: b}, {c: d}]${more}}\n`;
    const [, second] = parseImagesLock(lock(body('')), 'x').images;
    assert.deepEqual(second, {
      reference: parseDigestReference(`a.example/xx@${digest}`),
      annotations: { c: 'd', a: 'b' },
    });
    assert.throws(() => parseImagesLock(lock(body(', a: x')), 'x'), /key "a" already set/);
    assert.throws(() => parseImagesLock(lock(`<<: text\n`), 'x'), /a merge key \(<<\) needs a mapping/);
  });

  test('may repeat one node with any number of aliases', () => {
    const more = `- image: a.example/xx@${digest}\n  annotations: *shared\n`.repeat(2000);
    const body = `images:\n- image: a.example/xx@${digest}\n  annotations: &shared {team: x}\n${more}`;
    assert.deepEqual(parseImagesLock(lock(body), 'x').images[2000]?.annotations, { team: 'x' });
  });

  test('may not expand to more than a few hundred thousand nodes', () => {
    const keys = Array.from({ length: 100 }, (_, key) => `k${key}: v`).join(', ');
    const body = (count: number) =>
      `images:\n- image: a.example/xx@${digest}\n  annotations: &shared {${keys}}\n${`- image: a.example/xx@${digest}\n  annotations: *shared\n`.repeat(count)}`;
    assert.equal(parseImagesLock(lock(body(1500)), 'x').images.length, 1501);
    assert.throws(() => parseImagesLock(lock(body(3000)), 'x'), /aliases unfold beyond reason/);
  });

  test('resolves an alias to the anchor before it, and rejects one that is undefined or recursive', () => {
    const reuse = [1, 2].map((n) => `- image: &i a.example/x${n}@${digest}\n- image: *i\n`).join('');
    const paths = parseImagesLock(lock(`images:\n${reuse}`), 'x').images.map(({ reference }) => reference.path);
    assert.deepEqual(paths, ['x1', 'x1', 'x2', 'x2']);
    assert.throws(() => parseImagesLock(lock('images: *nowhere\n'), 'x'), /is not valid/);
    assert.throws(() => parseImagesLock(lock('images: &a [*a]\n'), 'x'), /aliases unfold beyond reason/);
  });

  test('is the first of several documents, whatever the others contain', () => {
    for (const rest of ['---\n', '---\nother: [\n', '...\n', `---\n${lock('')}`]) {
      assert.deepEqual(parseImagesLock(lock(rest), 'x').images, [], JSON.stringify(rest));
    }
  });

  test('may have upper-case fields and CRLF line ends', () => {
    const text = `APIVersion: imgpkg.carvel.dev/v1alpha1\rKind: ImagesLock\rImages:\r- Image: a.example/xx@${digest}\r`;
    assert.equal(parseImagesLock(text, 'x').images.length, 1);
  });

  test('does not expand a bomb of aliases', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    const bomb = ['a0: &a0 [x]', ...levels].join('\n');
    assert.throws(() => parseImagesLock(bomb, 'x'), /is not valid/);
  });

  test('does not treat prototype keys as its own', () => {
    const text = lock(`images:\n- image: a.example/xx@${digest}\n  annotations: {__proto__: evil}\n`);
    const [image] = parseImagesLock(text, 'x').images;
    assert.equal(Object.getPrototypeOf(image?.annotations), Object.prototype);
  });

  test('is written so that strings stay strings for a reader of YAML 1.1', () => {
    const texts = [
      'yes',
      'n',
      '0b1',
      '1_000',
      '010',
      '12:30',
      '2024-01-02',
      '<<',
      '~',
      '',
      'a: b',
      "it's",
      '- x',
      'plain:1',
    ];
    const annotations = Object.fromEntries(texts.map((text) => [`key of ${text}`, text]));
    const text = formatImagesLock({
      images: [{ reference: parseDigestReference(`a.example/xx@${digest}`), annotations }],
    });
    assert.match(text, /: "yes"\n/);
    assert.match(text, /: 'a: b'\n/);
    assert.match(text, /: plain:1\n/);
    assert.deepEqual(parseImagesLock(text, 'x').images[0]?.annotations, annotations);
  });

  test('is written as imgpkg writes it', () => {
    const images = [
      { reference: parseDigestReference(`a.example/xx@${digest}`), annotations: { 'kbld.carvel.dev/id': '1.10' } },
      { reference: parseDigestReference(`b.example/xx@${digest}`) },
    ];
    const expected = [
      '---',
      'apiVersion: imgpkg.carvel.dev/v1alpha1',
      'images:',
      '- annotations:',
      '    kbld.carvel.dev/id: "1.10"',
      `  image: a.example/xx@${digest}`,
      `- image: b.example/xx@${digest}`,
      'kind: ImagesLock',
      '',
    ];
    assert.equal(formatImagesLock({ images }), expected.join('\n'));
  });
});

test('a BundleLock may have a numeric tag, or none', () => {
  const text = (tag: string) =>
    `apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: BundleLock\nbundle:\n  image: a.example/xx@${digest}\n  tag: ${tag}\n`;
  assert.equal(parseBundleLock(text('5'), 'x').tag, '5');
  assert.equal(parseBundleLock(text('1.10'), 'x').tag, '1.1');
  assert.equal(parseBundleLock(text('null'), 'x').tag, undefined);
  assert.throws(() => parseBundleLock(text('[]'), 'x'), /bundle.tag is not valid: expected a string/);
});

test('a BundleLock quotes a tag that looks like a number', () => {
  const bundle = parseDigestReference(`a.example/xx@${digest}`);
  assert.match(formatBundleLock({ bundle, tag: '1.10' }), /\n {2}tag: "1\.10"\nkind: BundleLock\n$/);
  assert.doesNotMatch(formatBundleLock({ bundle }), /tag/);
});

test('locations are sorted by image, as the real imgpkg wrote them', async () => {
  const [root = ''] = fixtureBundles;
  const text = await fixtureLocations(root);
  const images = [...text.matchAll(/image: (.*)\n {2}isBundle: (.*)/g)].map(([, image = '', isBundle]) => ({
    image,
    isBundle: isBundle === 'true',
  }));
  assert.equal(images.length, 2);
  assert.equal(formatImageLocations(images.reverse()), text);
});
