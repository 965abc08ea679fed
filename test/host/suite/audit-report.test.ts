import assert from 'node:assert/strict';
import { describe, it } from 'mocha';

import { makeReport } from '../../../src/audit/report.ts';
import type { AuditedImage } from '../../../src/audit/report.ts';
import { auditHeadline, auditReportText } from '../../../src/workbench/audit/report-text.ts';

const root: AuditedImage = { reference: 'in/a@1', origin: 'in/a:v1', status: 'inside', kind: 'bundle', neededBy: [] };
const hole: AuditedImage = {
  reference: 'out/b@2',
  origin: 'out/b@2',
  status: 'outside',
  neededBy: ['bundle in/a@1', 'Package b 1.0.0'],
  finding: { code: 'outside', args: { reference: 'out/b@2', registry: 'out' } },
};

describe('the report of an audit', () => {
  it('starts with the result, then lists what is wrong, why, and what to do', () => {
    const { text } = auditReportText('in/a:v1', makeReport('in/a:v1', ['in'], [root, hole], []), new Date(0));
    assert.deepEqual(
      text.split('\n').filter((line) => !line.startsWith('Time:')),
      [
        '1 of 2 images would be pulled from outside or are missing.',
        '',
        'Audit of:  in/a:v1',
        'Inside:    in',
        '',
        'OUTSIDE',
        '  out/b@2',
        '  needed by: bundle in/a@1',
        '  needed by: Package b 1.0.0',
        '  Pulled from out.',
        '  What to do: Relocate it and change the reference.',
        '',
        'INSIDE (1)',
        '  in/a@1 (bundle)',
        '    referenced as: in/a:v1',
        '',
      ],
    );
  });

  it('says that everything is inside only if nothing is uncertain', () => {
    assert.match(auditHeadline(makeReport('a', ['in'], [root], [])), /^The image is in/);
    const problem = { code: 'file-broken' as const, args: {} };
    assert.match(auditHeadline(makeReport('a', ['in'], [root], [problem])), /Could not confirm/);
    const left = { code: 'ytt-not-run' as const, args: { package: 'Package b 1.0.0', count: 1, path: 'a.yml' } };
    const incomplete = makeReport('a', ['in'], [root], [], [left]);
    assert.equal(auditHeadline(incomplete), 'The image that was found is inside; not checked: 1');
    assert.match(
      auditReportText('a', incomplete, new Date(0)).text,
      /^NOT CHECKED\n {2}The configuration of Package b/m,
    );
  });

  it('offers what fixes each problem above it', () => {
    const of = (status: AuditedImage['status'], finding: AuditedImage['finding']): AuditedImage => ({
      ...hole,
      reference: `in.example/${status}@sha256:${'1'.repeat(64)}`,
      status,
      ...(finding && { finding }),
    });
    const images = [
      of('missing', { code: 'missing', args: {} }),
      of('outside', { code: 'outside', args: {} }),
      of('unauthenticated', { code: 'pull-secret-none', args: { namespace: 'team' } }),
      of('unknown', { code: 'unreadable', args: { reason: 'The certificate is signed by an unknown authority' } }),
      of('inside', { code: 'other-platforms', args: { platforms: 'linux/arm64' } }),
    ];
    const report = makeReport('dev', ['in.example'], images, []);
    const { text, actions } = auditReportText('dev', report, new Date(0), { context: 'dev' });
    const lines = text.split('\n');
    assert.deepEqual(
      actions.map(({ line, command }) => [lines[line], command.command.replace('carvelAirgap.', '')]),
      [
        ['MISSING', 'relocateMissing'],
        ['OUTSIDE', 'relocate'],
        ['NO CREDENTIALS', 'createPullSecret'],
        ['UNKNOWN', 'trustCertificate'],
        ['UNKNOWN', 'trustInCluster'],
      ],
    );
    assert.deepEqual(actions[2]?.command.arguments, [{ context: 'dev', namespace: 'team', registry: 'in.example' }]);
    assert.match(text, /^ {4}Incomplete for linux\/arm64, which no node of the cluster has/m);
    const again = makeReport(
      'dev',
      [],
      [images[0], images[0]].flatMap((each) => each ?? []),
      [],
    );
    assert.equal(auditReportText('dev', again, new Date(0)).actions[0]?.line, 0);
  });

  it("shows a bundle's own text in one line", () => {
    const odd = { ...hole, origin: 'a\nb\u001b[31m' };
    assert.match(
      auditReportText('a', makeReport('a', [], [odd], []), new Date(0)).text,
      /referenced as: a\ufffdb\ufffd\[31m/,
    );
  });
});
