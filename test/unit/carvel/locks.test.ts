import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { formatBundleLock } from '../../../src/carvel/bundle-lock.ts';
import { formatImageLocations } from '../../../src/carvel/image-locations.ts';
import { formatImagesLock, parseImagesLock } from '../../../src/carvel/images-lock.ts';
import { formatReference, parseDigestReference } from '../../../src/oci/reference.ts';
import { fixtureBundles, fixtureLocations } from '../../support/fixture.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const lock = (body: string) => `---\napiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\n${body}`;

describe('an ImagesLock', () => {
  test('names canonical references with their annotations', () => {
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
    ['two documents', `${lock('')}---\n${lock('')}`, /is not valid/],
    ['broken YAML', 'a: [', /is not valid/],
  ] as const) {
    test(`refuses ${what}, and names the file`, () => {
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

  test('does not unfold a bomb of aliases', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    const bomb = ['a0: &a0 [x]', ...levels].join('\n');
    assert.throws(() => parseImagesLock(bomb, 'x'), /is not valid/);
  });

  test('does not take prototype keys for its own', () => {
    const text = lock(`images:\n- image: a.example/xx@${digest}\n  annotations: {__proto__: evil}\n`);
    const [image] = parseImagesLock(text, 'x').images;
    assert.equal(Object.getPrototypeOf(image?.annotations), Object.prototype);
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
