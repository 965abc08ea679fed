import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  checkInCluster,
  checkSyncInCluster,
  labelsOf,
  podFlags,
} from '../../../src/cli/in-cluster/in-cluster-flags.ts';
import {
  certificatesContent,
  cronJobDocument,
  jobDocument,
  jobFile,
  secretContent,
} from '../../../src/jobs/job-documents.ts';
import type { RepositoryCredential } from '../../../src/jobs/job-documents.ts';
import { syncCommand } from '../../../src/cli/sync/sync-command.ts';
import { COPY_FLAGS } from '../../../src/cli/flags/copy-flags.ts';
import { parseFlags } from '../../../src/cli/flags/parse-flags.ts';
import { authsEntry, parseAuthFile } from '../../../src/oci/auth/auth-file.ts';
import type { Credential } from '../../../src/oci/auth/credentials.ts';

const flags = COPY_FLAGS.flatMap((group) => group.flags);
const parse = (...args: string[]) => parseFlags(flags, args).values;
const inCluster = (...args: string[]) => checkInCluster(parse('--in-cluster', 'admin', '--job-image', 'a/b', ...args));

describe('the flags of a copy in a cluster', () => {
  for (const args of [
    ['--tar', 'a.tar'],
    ['--lock', 'a.yml'],
    ['--to-tar', 'a.tar'],
    ['--package', 'web.example.com'],
    ['--registry-client-cert', 'host=file'],
    ['--keep-going'],
  ]) {
    test(`${args[0]} is refused`, () => {
      assert.throws(() => inCluster(...args), { code: 'cli.in-cluster-unsupported', args: { flag: args[0] } });
    });
  }

  test('the image of the pods must be named', () => {
    assert.throws(() => checkInCluster(parse('--in-cluster', 'admin')), { code: 'cli.job-image-missing' });
  });

  for (const args of [
    ['--job-image', 'x/y'],
    ['--pods', '3'],
    ['--yaml'],
    ['--job-label', 'a=b'],
    ['--kubeconfig', 'file'],
    ['-n', 'apps'],
  ]) {
    test(`${args[0]} needs --in-cluster`, () => {
      assert.throws(() => checkInCluster(parse(...args)), { code: 'cli.in-cluster-alone' });
    });
  }

  test('what a copy between registries may have is accepted', () => {
    inCluster(
      '-b',
      'a/b',
      '--to-repo',
      'c/d',
      '--cosign-signatures',
      '--policy',
      'policy.json',
      '--platform',
      'linux/amd64',
    );
    checkInCluster(parse('-b', 'a/b', '--to-repo', 'c/d'));
  });

  test('pods connect as this command does, and share its bandwidth', () => {
    const values = parse(
      '--registry-insecure',
      '--bandwidth-limit',
      '30MiB',
      '--stall-timeout',
      '90s',
      '--concurrency=2',
    );
    assert.deepEqual(podFlags(values, 3), [
      '--registry-insecure=true',
      '--concurrency=2',
      '--stall-timeout=90000ms',
      `--bandwidth-limit=${10 * 1024 * 1024}`,
    ]);
  });

  test('a label has a name and a value', () => {
    const label = 'kueue.x-k8s.io/queue-name=copies';
    assert.deepEqual(labelsOf(parse('--job-label', label)), { 'kueue.x-k8s.io/queue-name': 'copies' });
    assert.throws(() => labelsOf(parse('--job-label', 'copies')), { code: 'cli.flag-value' });
  });
});

describe('the Job', () => {
  const at = { namespace: 'apps', name: 'carvel-airgap-1' };
  const document = jobDocument({
    ...at,
    labels: { team: 'delivery' },
    image: 'registry.inside/tools/carvel-airgap@sha256:1',
    plan: 'registry.inside/app@sha256:2',
    shares: 3,
    flags: ['--registry-insecure=true'],
    secret: 'creds',
    configMap: undefined,
  });
  const spec = document['spec'] as {
    completions: number;
    podFailurePolicy: { rules: readonly { action: string }[] };
    template: { metadata: { labels: object }; spec: { automountServiceAccountToken: boolean } };
  };

  test('has a pod for each share, and one that finishes', () => assert.equal(spec.completions, 4));

  test('gives its pods the labels, and no token', () => {
    assert.deepEqual(spec.template.metadata.labels, { team: 'delivery', 'app.kubernetes.io/name': 'carvel-airgap' });
    assert.equal(spec.template.spec.automountServiceAccountToken, false);
  });

  test('decides about a disruption before it looks at exit codes', () => {
    assert.deepEqual(
      spec.podFailurePolicy.rules.map(({ action }) => action),
      ['Ignore', 'FailIndex', 'Ignore'],
    );
  });

  test('its files belong to it as soon as it exists', () => {
    const { object } = jobFile('ConfigMap', at, certificatesContent(['one\n', 'two\n']), {
      kind: 'Job',
      name: at.name,
      uid: 'uid-1',
    });
    assert.deepEqual(object['data'], { 'ca.crt': 'one\ntwo' });
    assert.match(JSON.stringify(object['metadata']), /"ownerReferences":\[.*"uid":"uid-1"/);
  });
});

describe('the CronJob', () => {
  const documentWith = (labels: Record<string, string>) =>
    cronJobDocument({
      namespace: 'apps',
      name: 'nightly',
      labels,
      image: 'registry.inside/tools/carvel-airgap:1',
      flags: ['--registry-insecure=true'],
      secret: 'creds',
      configMap: 'nightly-ca',
      schedule: '0 2 * * *',
      timeZone: undefined,
      lock: 'oci://registry.inside/app:nightly.imgpkg',
      files: { name: 'nightly-file', items: [{ key: 'sync.yml', path: 'sync.yml' }] },
    })['spec'] as {
      concurrencyPolicy: string;
      jobTemplate: {
        spec: {
          suspend?: boolean;
          template: { spec: { automountServiceAccountToken: boolean; containers: { args: string[] }[] } };
        };
      };
    };

  test('runs one sync at a time, which never prunes and has no token', () => {
    const { concurrencyPolicy, jobTemplate } = documentWith({});
    assert.equal(concurrencyPolicy, 'Forbid');
    const { automountServiceAccountToken, containers } = jobTemplate.spec.template.spec;
    assert.equal(automountServiceAccountToken, false);
    assert.deepEqual(containers[0]?.args, [
      'sync',
      '/etc/carvel-airgap/sync/sync.yml',
      '--lock',
      'oci://registry.inside/app:nightly.imgpkg',
      '--registry-ca-cert-path',
      '/etc/carvel-airgap/ca/ca.crt',
      '--registry-insecure=true',
    ]);
  });

  test('creates suspended Jobs for Kueue, and others that begin at once', () => {
    const { jobTemplate } = documentWith({ 'kueue.x-k8s.io/queue-name': 'copies' });
    assert.equal(jobTemplate.spec.suspend, true);
    assert.equal(documentWith({}).jobTemplate.spec.suspend, undefined);
  });
});

describe('the flags of a sync in a cluster', () => {
  const syncFlags = syncCommand.help.groups.flatMap((group) => group.flags);
  const check = (...args: string[]) => checkSyncInCluster(parseFlags(syncFlags, args).values);
  const inside = ['--in-cluster', 'admin', '--job-image', 'a/b'];

  for (const [args, code] of [
    [[...inside, '--plan'], 'cli.in-cluster-unsupported'],
    [[...inside, '--before-tag', 'true'], 'cli.in-cluster-unsupported'],
    [[...inside, '--job-name', 'x'], 'cli.schedule-alone'],
    [['--in-cluster', 'admin'], 'cli.job-image-missing'],
    [['--schedule', '0 2 * * *'], 'cli.in-cluster-alone'],
    [['--pods', '3'], 'cli.in-cluster-alone'],
  ] as const) {
    test(`${args.join(' ')} is refused`, () => assert.throws(() => check(...args), { code }));
  }

  test('a lock, a report and a schedule are accepted', () => {
    check(...inside, '--lock', 'a.lock', '--report', 'a.json');
    check(...inside, '--schedule', '0 2 * * *', '--job-name', 'nightly', '--kubeconfig', 'file');
  });
});

describe('the credentials of a Job', () => {
  const basic = (password: string): Credential => ({ kind: 'basic', username: 'me', password, origin: 'test' });
  const entry = (registry: string, path: string, credential: Credential): RepositoryCredential => ({
    repository: { registry, path },
    credential,
  });

  /** What the pods read from the Secret. */
  function readBack(credentials: readonly RepositoryCredential[]): (registry: string, path: string) => unknown {
    const { data } = secretContent(credentials) as { data: Record<string, string> };
    const file = parseAuthFile(Buffer.from(data['.dockerconfigjson'] ?? '', 'base64'), 'test');
    assert.ok(file);
    return (registry, path) => authsEntry(file, registry, path);
  }

  test('are those of each registry', () => {
    const read = readBack([entry('a.example', 'x', basic('one')), entry('b.example', 'y', basic('two'))]);
    assert.deepEqual(read('a.example', 'x'), basic('one'));
    assert.deepEqual(read('b.example', 'y'), basic('two'));
    assert.equal(read('c.example', 'x'), undefined);
  });

  test('may differ between the repositories of a registry', () => {
    const read = readBack([entry('a.example', 'x', basic('one')), entry('a.example', 'y', basic('two'))]);
    assert.deepEqual(read('a.example', 'x'), basic('one'));
    assert.deepEqual(read('a.example', 'y'), basic('two'));
    assert.equal(read('a.example', 'z'), undefined);
  });

  test('may be tokens, and those of Docker Hub', () => {
    const token: Credential = { kind: 'identity-token', token: 'refresh', username: 'me', origin: 'test' };
    const read = readBack([
      entry('index.docker.io', 'library/x', token),
      entry('a.example', 'x', { kind: 'registry-token', token: 'bearer', origin: 'test' }),
    ]);
    assert.deepEqual(read('index.docker.io', 'library/x'), token);
    assert.deepEqual(read('a.example', 'x'), { kind: 'registry-token', token: 'bearer', origin: 'test' });
  });
});
