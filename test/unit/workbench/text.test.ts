import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isSubsequence } from '../../../src/workbench/text/matching.ts';
import {
  withoutIcons,
  withoutLinks,
  shortDigest,
  shortInternalTag,
  wrapLine,
} from '../../../src/workbench/text/formatting.ts';
import { asMarkdown } from '../../../src/base/markdown.ts';

describe('displayed text', () => {
  it('shortens a digest as Docker does', () => {
    assert.equal(shortDigest(`sha256:${'0123456789abcdef'.repeat(4)}`), '0123456789ab');
  });

  it('shortens the digest in an internal tag, not the suffix that tells tags apart', () => {
    const hex = '0123456789abcdef'.repeat(4);
    assert.equal(shortInternalTag(`sha256-${hex}.imgpkg`), '0123456789ab….imgpkg');
    assert.equal(shortInternalTag(`team-app-sha256-${hex}.imgpkg`), 'team-app-0123456789ab….imgpkg');
    assert.equal(shortInternalTag(`sha256-${hex}.image-locations.imgpkg`), '0123456789ab….image-locations.imgpkg');
    assert.equal(shortInternalTag('v1.0.0'), 'v1.0.0');
  });

  it('is filtered as by VS Code: all letters in order', () => {
    assert.ok(isSubsequence('', 'a'));
    assert.ok(isSubsequence('Host pkg', 'host:5000/packages'));
    assert.ok(!isSubsequence('gkp', 'packages'));
  });

  it('is wrapped between words, and keeps its indentation', () => {
    assert.deepEqual(wrapLine('  one two three', 10), ['  one two', '  three']);
    assert.deepEqual(wrapLine('averylongword b', 5), ['averylongword', 'b']);
    assert.deepEqual(wrapLine('', 5), ['']);
  });

  it('shows text from a server literally in Markdown', () => {
    assert.equal(asMarkdown('a [b](c) <d> *e*'), String.raw`a \[b\]\(c\) \<d\> \*e\*`);
    assert.equal(asMarkdown('ä b\u{1f600}'), 'ä b\u{1f600}');
  });

  it('shows text from a server without turning it into icons or command links', () => {
    assert.equal(withoutIcons('no $(error) here'), String.raw`no \$(error) here`);
    assert.equal(withoutLinks('[click](command:workbench.action.quit)'), '[click] (command:workbench.action.quit)');
  });
});
