import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { describe, test } from 'node:test';

import { expandHome, homeFolder } from '../../../src/base/home-folder.ts';
import { stateFolder } from '../../../src/cli/connection.ts';

describe('the home folder', () => {
  test('is HOME, or on Windows USERPROFILE', () => {
    assert.equal(homeFolder({ HOME: '/home/one', USERPROFILE: '/profiles/one' }), '/home/one');
    assert.equal(homeFolder({ USERPROFILE: '/profiles/one' }), '/profiles/one');
    assert.equal(expandHome('~/file', { HOME: '/home/one' }), '/home/one/file');
  });

  test('is never the working directory: an empty or relative HOME is ignored', () => {
    for (const HOME of ['', '.', 'home/one']) {
      assert.equal(homeFolder({ HOME }), userInfo().homedir, HOME);
      assert.doesNotMatch(expandHome('~/file', { HOME }), /^(?:home|\.)/);
    }
  });

  test('contains the state folder, unless XDG_STATE_HOME names another one', () => {
    assert.equal(stateFolder({ HOME: '/home/one' }), '/home/one/.local/state/carvel-airgap');
    assert.equal(stateFolder({ HOME: '/home/one', XDG_STATE_HOME: '/state' }), '/state/carvel-airgap');
    assert.equal(stateFolder({ HOME: '/home/one', XDG_STATE_HOME: 'state' }), '/home/one/.local/state/carvel-airgap');
  });
});
