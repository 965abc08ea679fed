import assert from 'node:assert/strict';
import { describe, it } from 'mocha';

import type { RegistrySetting } from '../../../src/contract/settings.ts';
import {
  destinationRegistries,
  repositoryChoices,
} from '../../../src/workbench/relocations/wizard/destination-choices.ts';
import { dropped } from '../../../src/workbench/relocations/wizard/destination-picker.ts';
import { repositoryAt } from '../../../src/workbench/relocations/wizard/location.ts';
import { typedDestinations } from '../../../src/workbench/relocations/wizard/typed-destination.ts';

describe('a typed destination', () => {
  const typed = (text: string, hosts: readonly string[] = [], several = false) =>
    typedDestinations(text, hosts, several).map(({ label, value }) => (value === undefined ? 'problem' : label));

  it('is a repository, followed by a tag if one is requested', () => {
    assert.deepEqual(typed('registry.example:5000/team/app'), ['registry.example:5000/team/app']);
    const [choice] = typedDestinations('registry.example:5000/team/app:stable', [], false);
    assert.equal(choice?.label, 'registry.example:5000/team/app:stable');
    const name = 'registry.example:5000/team/app';
    assert.deepEqual(choice?.value, { kind: 'repository', name, tag: 'stable' });
  });

  it('is offered at each listed registry if it names none', () => {
    assert.deepEqual(typed('team/app:v1', ['a.example', 'b.example']), [
      'a.example/team/app:v1',
      'b.example/team/app:v1',
    ]);
    assert.deepEqual(typed('docker.io/team/app', ['a.example']), ['index.docker.io/team/app']);
    assert.deepEqual(typed('team/app'), ['problem']);
  });

  it('is invalid while it is an incomplete host, or has a digest', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const wrong = ['localhost:5000', 'localhost:5000/', 'a.example/Team', 'a.example/app:', `a.example/app@${digest}`];
    for (const text of wrong) assert.deepEqual(typed(text, []), ['problem'], text);
  });

  it('is the parent of several images, without a tag', () => {
    const [choice] = typedDestinations('registry.example/mirror', [], true);
    assert.deepEqual(choice?.value, { kind: 'parent', name: 'registry.example/mirror' });
    assert.deepEqual(typed('registry.example/mirror:v1', [], true), ['problem']);
  });
});

describe('a location', () => {
  it('is one repository, or has one for each image', () => {
    const at = (kind: 'repository' | 'registry' | 'parent', name: string) => repositoryAt({ kind, name }, 'team/app');
    assert.equal(at('repository', 'a.example/x'), 'a.example/x');
    assert.equal(at('registry', 'a.example'), 'a.example/team/app');
    assert.equal(at('parent', 'a.example/mirror'), 'a.example/mirror/app');
  });

  it('is the drop target', () => {
    const registry = 'a.example';
    const { place } = dropped({ registry }, ['team/app']);
    assert.deepEqual(place, { kind: 'repository', name: 'a.example/team/app' });
    assert.deepEqual(dropped({ registry }, ['x', 'y']).place, { kind: 'registry', name: 'a.example' });
    const onRepository = dropped({ registry, path: 'mirror' }, ['x', 'y']).place;
    assert.deepEqual(onRepository, { kind: 'repository', name: 'a.example/mirror' });
  });
});

describe('suggested destinations', () => {
  const vendor: RegistrySetting = { host: 'vendor.example', role: 'source' };
  const mirror: RegistrySetting = { host: 'mirror.example', role: 'inside', name: 'Mirror' };
  const [one, two] = [{ host: 'one.example' }, { host: 'two.example' }];
  const hosts = (...args: Parameters<typeof destinationRegistries>): string[] =>
    destinationRegistries(...args).map(({ host }) => host);

  it('are inside first, and never at a source', () => {
    assert.deepEqual(hosts([vendor, one, mirror], undefined, []), ['mirror.example', 'one.example']);
    assert.deepEqual(hosts([vendor], undefined, []), []);
  });

  it('are not in the registry of the source, unless there is no other', () => {
    assert.deepEqual(hosts([one, two], 'one.example', []), ['two.example']);
    assert.deepEqual(hosts([one], 'one.example', []), ['one.example']);
  });

  it('are where something was relocated before, if no role says more', () => {
    assert.deepEqual(hosts([one, two, mirror], undefined, ['two.example/app']), [
      'mirror.example',
      'two.example',
      'one.example',
    ]);
  });

  it('name the registry and its role, and leave out the source itself', () => {
    const choices = repositoryChoices({
      registries: [mirror, one],
      path: 'team/app',
      recent: ['one.example/before'],
      repositories: ['mirror.example/other', 'one.example/team/app'],
      source: 'one.example/team/app',
    });
    assert.deepEqual(
      choices
        .filter(({ value }) => value !== undefined)
        .map(({ label, description = '' }) => `${label} ${description}`),
      ['mirror.example/team/app Mirror · inside', 'one.example/before ', 'mirror.example/other Mirror · inside'],
    );
  });
});
