import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { taskType } from '../../../src/contract/tasks.ts';
import type { RelocationRequest } from '../../../src/relocation/request/request.ts';
import { repositoryForFile } from '../../../src/workbench/relocations/wizard/location.ts';
import { requestOfTask, taskOfRequest } from '../../../src/workbench/tasks/task-request.ts';

const folder = '/home/user/space';

describe('a task in tasks.json', () => {
  const requests: RelocationRequest[] = [
    {
      source: { kind: 'any', reference: 'vendor.example/packages:1.0.0' },
      destination: { kind: 'repository', repository: 'air.example/mirror/packages' },
      options: { toTag: 'latest', referrers: true, packages: ['web.example@>=1.2.0', 'api.example'] },
    },
    {
      source: { kind: 'archive', path: join(folder, 'in/packages.tar') },
      destination: { kind: 'repository', repository: 'air.example/mirror/packages' },
      options: {},
    },
    {
      source: { kind: 'lock', path: join(folder, 'bundle.lock.yml') },
      destination: { kind: 'archive', path: '/media/stick/packages.tar' },
      options: {
        cosignSignatures: true,
        sign: join(folder, 'keys/cosign.key'),
        signedBy: 'Release Team',
        beforeTag: './scan.sh',
      },
    },
  ];

  for (const request of requests) {
    it(`repeats what was done: ${JSON.stringify(taskOfRequest(request, folder))}`, () => {
      assert.deepEqual(requestOfTask({ ...taskOfRequest(request, folder) }, folder), request);
    });
  }

  it('names files in the folder by a relative path, and others unchanged', () => {
    assert.equal(taskOfRequest(requests[1] as RelocationRequest, folder).tar, 'in/packages.tar');
    assert.equal(taskOfRequest(requests[2] as RelocationRequest, folder).toTar, '/media/stick/packages.tar');
  });

  const broken: readonly [text: string, task: Record<string, unknown>][] = [
    ['exactly one of source, lock, tar', { toTar: 'a.tar' }],
    ['exactly one of source, lock, tar', { source: 'a.example/b', tar: 'a.tar', toTar: 'b.tar' }],
    ['exactly one of toRepository, toTar', { source: 'a.example/b' }],
    ["'source' is not a text", { source: 1, toTar: 'a.tar' }],
    ["'repair' is neither true nor false", { source: 'a.example/b', toTar: 'a.tar', repair: 'yes' }],
  ];
  for (const [text, task] of broken) {
    it(`is rejected with ${JSON.stringify(task)}`, () => {
      assert.throws(() => requestOfTask({ type: taskType, ...task }, folder), new RegExp(text));
    });
  }

  it('declares its possible fields in package.json', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      contributes: { taskDefinitions: { type: string; properties: Record<string, { type: string }> }[] };
    };
    const [definition] = manifest.contributes.taskDefinitions;
    assert.equal(definition?.type, taskType);
    for (const [name, { type }] of Object.entries(definition?.properties ?? {})) {
      const wrong = { source: 'a.example/b', toRepository: 'b.example/c', [name]: type === 'boolean' ? 'x' : 1 };
      assert.throws(() => requestOfTask(wrong, folder), new RegExp(`'${name}'`));
    }
  });
});

it('the repository suggested for a file has a valid name', () => {
  assert.equal(repositoryForFile('Example Packages_1.tar'), 'example-packages-1');
  assert.equal(repositoryForFile('bundle.lock.yml'), 'bundle');
  assert.equal(repositoryForFile('images.yaml'), 'images');
  assert.equal(repositoryForFile('---.tar'), 'imported');
});
