import assert from 'node:assert/strict';

import { describe, it } from 'mocha';
import * as vscode from 'vscode';

import type { AccessQuestion } from '../../../src/cluster/actions-api.ts';
import type { Clusters } from '../../../src/workbench/clusters/clusters.ts';
import { NamespaceAccess, requireChange, requireDelete } from '../../../src/workbench/clusters/namespace-access.ts';
import type { Permissions } from '../../../src/workbench/clusters/namespace-access.ts';

describe('the permissions of a user in a namespace', () => {
  /** A cluster that allows what `allows` says, and counts what it is asked. */
  const cluster = (allows: (question: AccessQuestion) => boolean) => {
    const asked: (string | undefined)[] = [];
    const changed = new vscode.EventEmitter<void>();
    const checkAccess = (questions: readonly AccessQuestion[]): Promise<readonly boolean[]> => {
      asked.push(questions[0]?.namespace);
      return Promise.resolve(questions.map(allows));
    };
    const session = () => Promise.resolve({ checkAccess });
    const access = new NamespaceAccess({ session, onDidChange: changed.event } as unknown as Clusters);
    return { access, asked, changed };
  };

  const all = (may: boolean): Permissions => ({
    change: may,
    delete: may,
    changeInstalls: may,
    deleteInstalls: may,
    secrets: may,
  });

  it('are requested once for all namespaces if all are permitted', async () => {
    const { access, asked } = cluster(() => true);
    assert.equal(access.known('kind', 'team'), undefined);
    assert.deepEqual(await access.ask('kind', 'team'), all(true));
    await access.ask('kind', 'other');
    assert.deepEqual(asked, [undefined]);
    assert.deepEqual(access.known('kind', 'never-asked-for'), all(true));
    assert.equal(access.known('another', 'team'), undefined);
    access.dispose();
  });

  it('are requested for each namespace if not all are permitted, and changing requires both permissions', async () => {
    const { access, asked } = cluster(({ verb, namespace }) => namespace === 'team' && verb !== 'create');
    assert.deepEqual(await access.ask('kind', 'team'), { ...all(false), delete: true, deleteInstalls: true });
    assert.deepEqual(await access.ask('kind', 'other'), all(false));
    assert.deepEqual(asked, [undefined, 'team', 'other']);
    assert.deepEqual(access.known('kind', 'team'), { ...all(false), delete: true, deleteInstalls: true });
    access.dispose();
  });

  it('are checked again before an action, and a refusal names the context and namespace', async () => {
    let open = false;
    const { access } = cluster(() => open);
    const place = { context: 'kind', namespace: 'team' };
    await assert.rejects(requireChange(access, place, 'PackageRepositories'), {
      code: 'workbench.not-allowed',
      message: "You do not have permission to change PackageRepositories in the namespace team with the context 'kind'",
    });
    open = true;
    await requireChange(access, place, 'PackageRepositories');
    assert.deepEqual(access.known('kind', 'team'), all(true));
    access.dispose();
  });

  it('are those for the kind of object', async () => {
    const { access } = cluster(({ resource, verb }) => resource === 'packageinstalls' && verb !== 'delete');
    const place = { context: 'kind', namespace: 'team' };
    await requireChange(access, place, 'PackageInstalls');
    await assert.rejects(requireChange(access, place, 'PackageRepositories'), { code: 'workbench.not-allowed' });
    await assert.rejects(requireDelete(access, place, 'PackageInstalls'), {
      message: "You do not have permission to delete PackageInstalls in the namespace team with the context 'kind'",
    });
    access.dispose();
  });

  it('are forgotten when the kubeconfig changes', async () => {
    const { access, changed } = cluster(() => true);
    await access.ask('kind', 'team');
    changed.fire();
    assert.equal(access.known('kind', 'team'), undefined);
    access.dispose();
  });
});
