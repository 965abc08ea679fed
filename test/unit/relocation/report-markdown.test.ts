import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { digestOf } from '../../../src/oci/digest.ts';
import { reportMarkdown } from '../../../src/relocation/report/report-markdown.ts';
import type { RelocationReport } from '../../../src/relocation/report/report.ts';

const digest = digestOf(Buffer.from('image'));
const request = {
  source: { kind: 'bundle', reference: 'vendor.example/app:v1' },
  destination: { kind: 'repository', repository: 'inside.example/app' },
} as const;
const report: RelocationReport = {
  source: 'vendor.example/app:v1',
  destination: 'inside.example/app',
  root: { reference: `inside.example/app@${digest}`, digest, isBundle: true },
  images: { total: 1, copied: 1, present: 0 },
  blobs: { copied: 2, mounted: 0, present: 0, skipped: 0 },
  bytes: { total: 2000, copied: 2000 },
  seconds: 3,
  transferSeconds: 2,
  tags: ['v1'],
  tagsNotSet: [],
  warnings: [],
  failed: [],
  policy: { path: '/etc/policy.json', mode: 'enforce', judged: 1, refused: 0 },
  beforeTag: 'trivy image | tee log',
  results: [
    {
      reference: `vendor.example/app@${digest}`,
      digest,
      origin: `origin.example/app@${digest}`,
      kind: 'image',
      bytes: 2000,
      result: 'copied',
      verdict: { admitted: true, scope: 'vendor.example', signers: ['release@vendor.example'], reasons: [] },
      scan: { exitCode: 0, output: 'Total: 0\n```\n# not a heading', seconds: 2 },
    },
  ],
};

describe('a report as Markdown', () => {
  test('says of each image where it is from, who signed it, what admitted it and what the scanner said', () => {
    const text = reportMarkdown(request, report);
    assert.ok(
      text.includes(
        `\n| \`vendor.example/app@${digest}\`<br>origin: \`origin.example/app@${digest}\` | image | 2.0 kB | copied | ` +
          'admitted (`vendor.example`)<br>signed by `release@vendor.example` | accepted in 2 s |\n',
      ),
      text,
    );
    assert.ok(text.includes('\n| Policy | `/etc/policy.json`: 1 of 1 images admitted |\n'));
    assert.ok(text.includes('````\nTotal: 0\n```\n# not a heading\n````\n'), 'the output cannot end its block');
    assert.match(text, /^Complete: 1 of 1 image copied, 0 already there\.$/m);
  });

  test('has one cell for each title, whatever the texts are', () => {
    const hostile = 'x | y\n](command:evil) <script> `code`\u001b[2J';
    const [image] = report.results ?? [];
    assert.ok(image !== undefined);
    const text = reportMarkdown(request, {
      ...report,
      warnings: [hostile],
      failed: [{ reference: hostile, digest, code: 'a.b', reason: hostile }],
      results: [{ ...image, verdict: { admitted: false, scope: hostile, signers: [hostile], reasons: [hostile] } }],
    });
    // Columns are separated by bars that are not escaped.
    const tables = text.split('\n').filter((line) => line.startsWith('|'));
    const images = tables.filter((line) => line.includes('Scanner') || line.startsWith('| `vendor'));
    assert.equal(images.length, 2);
    for (const line of images) assert.equal(line.match(/(?<!\\)\|/g)?.length, 7);
    assert.doesNotMatch(text, /<script>|\]\(/);
    assert.ok(!text.includes('\u001b'));
    assert.match(text, /^\*\*1 of 1 image failed\.\*\*$/m);
  });
});
