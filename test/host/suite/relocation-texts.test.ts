import assert from 'node:assert/strict';

import { describe, it } from 'mocha';

import { digestOf } from '../../../src/oci/digest.ts';
import { ociError } from '../../../src/oci/errors.ts';
import { skippedLayersWarning } from '../../../src/relocation/plan/skipped-layers.ts';
import type { RelocationReport } from '../../../src/relocation/report/report.ts';
import type { RelocationRecord } from '../../../src/workbench/relocations/list/record.ts';
import type { RelocationSnapshot, LiveState } from '../../../src/workbench/relocations/list/relocation-attempt.ts';
import { liveLine, timeText } from '../../../src/workbench/relocations/live-text.ts';
import { explainPodProblem } from '../../../src/workbench/relocations/pod-problem.ts';
import { reportPage } from '../../../src/workbench/relocations/report/report-page.ts';
import { partRowItem, relocationItem } from '../../../src/workbench/relocations/view/relocation-item.ts';
import { detailNodes, imageNodes, relocationNode } from '../../../src/workbench/relocations/view/relocation-node.ts';
import { relocationHover } from '../../../src/workbench/relocations/view/relocations-view.ts';

const digest = digestOf(Buffer.from('root'));
const record: RelocationRecord = {
  id: 'x',
  name: 'app:1.0.0',
  request: {
    source: { kind: 'any', reference: 'vendor.example/team/app:1.0.0' },
    destination: { kind: 'repository', repository: 'air.example/app' },
    options: { referrers: true, toTag: 'stable' },
  },
  startedAt: Date.now(),
  state: 'running',
  changedAt: Date.now(),
  attempts: [],
  figures: { bytesDone: 4_500_000, bytesTotal: 10_000_000, imagesDone: 1, imagesTotal: 3 },
};
const live: LiveState = {
  phase: 'copy',
  bytesPerSecond: 1_000_000,
  secondsLeft: 5.5,
  pauses: new Map(),
  retry: undefined,
  images: [],
  results: new Map(),
  current: [],
  transfers: undefined,
  waiting: { blobs: 0, bytes: 0 },
  parts: [],
  problem: undefined,
  stopping: undefined,
};
const root = { reference: `air.example/app@${digest}`, digest, tag: 'stable', isBundle: true };
const report: RelocationReport = {
  source: 'vendor.example/team/app:1.0.0',
  destination: 'air.example/app',
  root,
  images: { total: 3, copied: 2, present: 1 },
  blobs: { copied: 4, mounted: 0, present: 1, skipped: 0 },
  bytes: { total: 10_000_000, copied: 8_000_000 },
  seconds: 9,
  transferSeconds: 4,
  tags: ['stable'],
  tagsNotSet: [],
  warnings: [],
  failed: [],
};
const failed = [
  { reference: `vendor.example/app@${digest}`, digest, code: 'oci.not-found', reason: '`<img src=x>` [a](b)\n# c' },
];

const item = (changes: Partial<RelocationRecord>, isElsewhere = false, ofLive?: LiveState) => {
  const { description, contextValue, accessibilityInformation } = relocationItem({
    record: { ...record, ...changes },
    isElsewhere,
    live: ofLive,
  });
  return { description, contextValue, label: accessibilityInformation?.label ?? '' };
};

describe('a relocation in the view', () => {
  const running = (changes: Partial<LiveState>): RelocationSnapshot => ({
    record,
    isElsewhere: false,
    live: { ...live, ...changes },
  });

  it('shows percentage, time left, amount and rate, in this order', () => {
    assert.equal(liveLine(running({})), '45 % · 6 s left · 4.5 MB of 10.0 MB · 1.0 MB/s');
    assert.equal(liveLine(running({ bytesPerSecond: 0, secondsLeft: undefined })), '45 % · 4.5 MB of 10.0 MB');
    assert.equal(liveLine(running({ phase: 'finish' })), '45 % · Finishing…');
  });

  it('shows why nothing moves', () => {
    const until = Date.now() + 60_000;
    const error = ociError('connection-refused', { host: 'vendor.example', step: 'GET /v2/' });
    const retry = { attempt: 12, until: until + 8001, error };
    const waiting = running({ pauses: new Map([['vendor.example', until]]), retry });
    assert.equal(liveLine(waiting), `45 % · vendor.example asked to wait until ${timeText(until)}`);
    const reason = 'Could not connect to vendor.example: connection refused';
    assert.equal(liveLine(waiting, until + 1), `45 % · Retry 12, next in 8 s: ${reason}`);
    assert.equal(liveLine(waiting, until + 9000), `45 % · Retry 12: ${reason}`);
    assert.equal(liveLine(running({ stopping: 'paused' })), '45 % · Pausing when what is in transit has arrived…');
  });

  describe('in a cluster', () => {
    const place = { context: 'admin@air', namespace: 'copies', image: 'air.example/carvel:1', pods: 2 };
    const cluster = { ...place, job: 'carvel-airgap-1' };
    const inPods = (changes: Partial<LiveState>): RelocationSnapshot => ({
      record: { ...record, cluster },
      isElsewhere: false,
      live: { ...live, ...changes },
    });
    const parts = [
      { index: 0, state: 'done', pod: 'a-0' },
      { index: 1, state: 'running', pod: 'a-1' },
      { index: 2, state: 'waiting' },
    ] as const;
    const pull = [{ index: 0, state: 'waiting', pod: 'a-0', problem: 'ErrImagePull: $(bug) not found' }] as const;

    it('shows how many parts are done, and where', () => {
      const { description, contextValue } = relocationItem(inPods({ parts }));
      assert.equal(description, '45 % · 6 s left · 4.5 MB of 10.0 MB · 1 of 3 parts · 1.0 MB/s · in admin@air');
      assert.equal(contextValue, 'relocation.running.job');
      const ended = { ...record, cluster, state: 'finished', report } as const;
      const item = relocationItem({ record: ended, isElsewhere: false, live: undefined });
      assert.match(item.contextValue ?? '', /^relocation\.finished\.image\.bundle.*\.job$/);
      assert.match(relocationHover(inPods({ parts })), /In the cluster: admin@air, Job copies\/carvel-airgap-1/);
    });

    it('lists its parts instead of images', () => {
      const rows = detailNodes(inPods({ parts })).flatMap((node) => ('part' in node ? [partRowItem(node)] : []));
      assert.deepEqual(
        rows.map(({ label, description }) => [label, description]),
        [
          ['Part 1 of 3', 'done · a-0'],
          ['Part 2 of 3', 'running · a-1'],
          ['Part 3 of 3: manifests and tags', 'waiting'],
        ],
      );
      const [waiting] = detailNodes(inPods({ parts: pull })).flatMap((node) => ('part' in node ? [node] : []));
      assert.ok(waiting);
      assert.doesNotMatch(String(partRowItem(waiting).description), /(?<!\\)\$\(/);
    });

    it('shows why no pod runs, and what to do', () => {
      const line = (changes: Partial<LiveState>) => liveLine(inPods(changes));
      assert.equal(line({ parts: [] }), '45 % · Waiting for pods…');
      assert.equal(line({ parts: pull }), '45 % · Waiting for pods: ErrImagePull: $(bug) not found');
      assert.equal(line({ problem: 'exceeded quota: none' }), '45 % · Waiting for pods: exceeded quota: none');
      assert.match(line({ parts: [parts[1], ...pull] }), /^45 % · 6 s left/);
      assert.match(relocationHover(inPods({ parts: pull })), /Check the image\./);
      const remedy = (problem: string) => explainPodProblem(problem, cluster).remedy ?? '';
      assert.match(remedy('0/1 nodes are available: Insufficient cpu.'), /when a node has room/);
      assert.match(remedy('exceeded quota: none'), /when the quota admits them/);
      const failed = 'ErrImagePull: failed to pull and unpack image "air.example/carvel:1": ';
      assert.match(remedy(`${failed}x509: certificate signed by unknown authority`), /certs\.d\/air\.example/);
      assert.match(remedy(`${failed}failed to authorize: 401 Unauthorized`), /^Cancel, add credentials/);
      assert.match(remedy(`${failed}not found`), /carvel-airgap image push/);
    });

    it('says what happens to the Job when it is stopped', () => {
      assert.equal(liveLine(inPods({ parts, stopping: 'paused' })), '45 % · Suspending the Job…');
      assert.equal(liveLine(inPods({ parts, stopping: 'cancelled' })), '45 % · Deleting the Job…');
    });
  });

  it('tells a screen reader what its icon shows', () => {
    assert.match(item({}, false, live).label, /^app:1\.0\.0, running, 45 %/);
    assert.equal(item({ state: 'paused' }).label, 'app:1.0.0, paused · 45 % · 4.5 MB of 10.0 MB');
    assert.equal(item({ state: 'waiting' }).label, 'app:1.0.0, queued · 45 % · 4.5 MB of 10.0 MB');
    assert.match(item({}, true).label, /^app:1\.0\.0, running in another window, /);
    assert.match(item({ state: 'finished', report: { ...report, failed } }).label, /partially finished/);
  });

  it('starts with the time, so that a narrow view distinguishes two runs of the same relocation', () => {
    const ended = { state: 'finished', report, changedAt: Date.now() } as const;
    assert.equal(item(ended).description, `${timeText(ended.changedAt)} · to air.example/app`);
    const inPart = item({ ...ended, report: { ...report, failed } }).description;
    assert.equal(inPart, `failed images: 1 · ${timeText(ended.changedAt)} · to air.example/app`);
  });

  it('offers what fits its state, and nothing if another window runs it', () => {
    assert.equal(item({}).contextValue, 'relocation.running');
    assert.equal(item({}, true).contextValue, 'relocation.elsewhere');
    assert.equal(item({ state: 'finished', report }).contextValue, 'relocation.finished.image.bundle.packages');
    const plain = { ...report, root: { ...root, hasPackages: false } };
    assert.equal(item({ state: 'finished', report: plain }).contextValue, 'relocation.finished.image.bundle');
    const image = { ...report, root: { ...root, isBundle: false } };
    assert.equal(item({ state: 'finished', report: image }).contextValue, 'relocation.finished.image');
    assert.equal(item({ state: 'finished', report: { ...report, failed } }).contextValue, 'relocation.finished.part');
  });

  it('offers commands on bundles for the bundle that it relocated', () => {
    const node = relocationNode({
      record: { ...record, state: 'finished', report },
      isElsewhere: false,
      live: undefined,
    });
    assert.deepEqual(node, { relocation: 'x', registry: 'air.example', path: 'app', digest, tag: 'stable' });
  });

  it('has a tooltip with its details', () => {
    const error = ociError('rate-limited', { host: 'vendor.example', reason: '', step: '' });
    const hover = relocationHover({
      record: { ...record, state: 'failed', error },
      isElsewhere: false,
      live: undefined,
    });
    assert.match(
      hover,
      /From: vendor\.example\/team\/app:1\.0\.0\nTo: air\.example\/app\nOptions: tag stable, signatures/,
    );
    assert.match(hover, /Images: 1 of 3\n/);
    assert.match(hover, /is limiting requests. Wait and try again, or lower/s);
  });
});

describe('the images of a running relocation', () => {
  it('are listed whether they failed, are in transfer, wait, are done, or were there', () => {
    const images = ['done', 'waits', 'there', 'moves', 'broken'].map((name) => ({
      reference: `vendor.example/${name}@${digestOf(Buffer.from(name))}`,
      digest: digestOf(Buffer.from(name)),
      kind: 'image' as const,
      bytes: 1000,
      action: name === 'there' ? ('present' as const) : ('copy' as const),
    }));
    const results = new Map([
      [digestOf(Buffer.from('done')), 'copied' as const],
      [digestOf(Buffer.from('broken')), 'failed' as const],
    ]);
    const current = [`elsewhere.example/moves@${digestOf(Buffer.from('moves'))}`];
    const nodes = imageNodes({ record, isElsewhere: false, live: { ...live, images, results, current } });
    assert.deepEqual(
      nodes.map((node) => ('image' in node ? [node.image.reference.split(/[/@]/)[1], node.state] : [])),
      [
        ['broken', 'failed'],
        ['moves', 'active'],
        ['waits', 'waiting'],
        ['done', 'copied'],
        ['there', 'present'],
      ],
    );
  });

  it('stay few enough to redraw, and say how many more there are', () => {
    const images = Array.from({ length: 1000 }, (_, number) => ({
      reference: `vendor.example/app@${digestOf(Buffer.from(String(number)))}`,
      digest: digestOf(Buffer.from(String(number))),
      kind: 'image' as const,
      bytes: 1,
      action: 'copy' as const,
    }));
    const nodes = imageNodes({ record, isElsewhere: false, live: { ...live, images } });
    assert.equal(nodes.length, 201);
    assert.deepEqual(nodes.at(-1), { id: 'x/more', more: 800 });
  });
});

describe('the report of a relocation', () => {
  /** What a person reads, one line for each row or paragraph. */
  const textOf = (changes: Partial<RelocationRecord>): string =>
    reportPage({ ...record, ...changes })
      .text.replaceAll(/\s*(<[^>]*>)\s*/g, '$1')
      .replaceAll(/<\/(?:p|tr|h\d|li|nav)>/g, '\n')
      .replaceAll(/<\/(?:th|td|a)>/g, ' | ')
      .replaceAll(/<[^>]*>/g, '');

  it('says what was done, with each image', () => {
    const results = [
      { reference: `vendor.example/team/web@${digest}`, digest, kind: 'index', bytes: 5_000_000, result: 'present' },
      { reference: `vendor.example/team/app@${digest}`, digest, kind: 'bundle', bytes: 8_000_000, result: 'copied' },
    ] as const;
    const text = textOf({ state: 'finished', report: { ...report, results } });
    assert.match(text, /^Relocation of app:1\.0\.0\nComplete: 2 of 3 images copied\.\n/);
    assert.match(text, /Options \| tag stable, signatures, attestations, SBOMs and other referrers \|/);
    assert.match(text, /Data \| 8\.0 MB copied of 10\.0 MB \| \nTime of transfer \| 4 s, 2\.0 MB\/s \|/);
    const rows = [
      `vendor.example/team/app | bundle | ${digest} | 8.0 MB | copied | `,
      `vendor.example/team/web | index | ${digest} | 5.0 MB | already present | `,
    ];
    assert.ok(text.includes(rows.join('\n')), text);
  });

  it('offers a PackageRepository only where there are packages, and for a file its verification', () => {
    const actionsOf = (changes: Partial<RelocationRecord>): string[] =>
      [...reportPage({ ...record, ...changes }).text.matchAll(/class="action"[^>]*>([^<]*)/g)].map(
        ([, title = '']) => title,
      );
    const all = [
      'Copy Reference',
      'Reveal',
      'Audit',
      'Create PackageRepository',
      'Show Map',
      'Run Again…',
      'Save Report as JSON…',
      'Save as HTML…',
      'Show Log',
    ];
    assert.deepEqual(actionsOf({ state: 'finished', report }), all);
    const plain = { ...report, root: { ...root, hasPackages: false } };
    assert.deepEqual(
      actionsOf({ state: 'finished', report: plain }),
      all.filter((title) => title !== 'Create PackageRepository'),
    );
    const request = { ...record.request, destination: { kind: 'archive', path: '/a.tar' } } as const;
    const file = actionsOf({ state: 'finished', request, report: { ...report, destination: '/a.tar' } });
    assert.deepEqual(file.slice(0, 2), ['Verify Tarball', 'Reveal']);
    assert.deepEqual(actionsOf({ state: 'failed' }), ['Resume', 'Discard…', 'Show Log']);
  });

  it('shows what each of several attempts sent', () => {
    const done = {
      bytesRead: 0,
      brought: { copied: 2, mounted: 0, bytes: 4_000_000 },
      transferSeconds: 2,
      blobsTotal: 4,
    };
    const attempts = [
      { startedAt: 0, lastAt: 63_000, end: 'interrupted', bytesSent: 5_000_000, ...done },
      { startedAt: 100_000, lastAt: 104_000, end: 'finished', bytesSent: 3_000_000, ...done },
    ] as const;
    const text = textOf({ state: 'finished', report, attempts });
    assert.match(text, /Layers and configs \| 4 copied/);
    assert.match(text, /Attempts\n.*, 1 min 3 s: interrupted, 5\.0 MB sent\n.*, 4 s: finished, 3\.0 MB sent\n$/);
    assert.doesNotMatch(textOf({ state: 'finished', report, attempts: [attempts[1]] }), /ttempt/);
    // What pods send while no window looks belongs to no attempt.
    const cluster = {
      context: 'admin@air',
      namespace: 'copies',
      image: 'inside.example/tool',
      pods: 2,
      job: 'carvel-airgap-1',
    };
    const inPods = textOf({ state: 'finished', report, attempts, cluster });
    assert.match(inPods, /Attempts\n.*, 1 min 3 s: interrupted\n.*, 4 s: finished\n$/);
  });

  it('32 makes no HTML of what a registry says', () => {
    const { text } = reportPage({ ...record, state: 'finished', report: { ...report, failed } });
    assert.match(text, /1 of 3 images failed\./);
    assert.ok(text.includes('`&lt;img src=x&gt;` [a](b)\ufffd# c (oci.not-found)'), text);
  });

  it('shows a list of digests only on demand', () => {
    const warning = skippedLayersWarning([{ reference: 'air.example/app@sha256:1', layers: ['sha256:2', 'sha256:3'] }]);
    const text = textOf({ state: 'finished', report: { ...report, warnings: [warning] } });
    assert.match(text, /Warnings\nNon-distributable layers that are not copied: 2/);
    assert.match(
      reportPage({ ...record, state: 'finished', report: { ...report, warnings: [warning] } }).text,
      /<details>\s*<summary>Non-/,
    );
  });

  it('shows why it failed, and what to do', () => {
    const error = ociError('rate-limited', { host: 'vendor.example', reason: '', step: '' });
    const text = textOf({ state: 'failed', error });
    assert.match(text, /Failed\.\n[\s\S]*vendor\.example is limiting requests\nWait and try again, or lower/);
  });
});
