import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Loadable } from '../../../src/workbench/view/loadable.ts';

describe('data that a view loads', () => {
  it('is requested once, however many viewers there are', async () => {
    let asked = 0;
    const loadable = new Loadable(() => Promise.resolve(++asked));
    assert.deepEqual(await Promise.all([loadable.get(), loadable.get()]), [{ value: 1 }, { value: 1 }]);
    assert.deepEqual(await loadable.get(), { value: 1 });
  });

  it('stays visible if a refresh fails, along with the error', async () => {
    const answers = [
      () => Promise.resolve('old'),
      () => Promise.reject(new Error('gone')),
      () => Promise.resolve('new'),
    ];
    const loadable = new Loadable(() => answers.shift()?.() ?? Promise.reject(new Error('asked too often')));
    await loadable.get();
    loadable.invalidate();
    const failed = await loadable.get();
    assert.equal(failed.value, 'old');
    assert.match(String(failed.error), /gone/);
    loadable.invalidate();
    assert.deepEqual(await loadable.get(), { value: 'new' });
  });

  it('is not overwritten by a response older than a refresh', async () => {
    const resolvers: ((value: string) => void)[] = [];
    const loadable = new Loadable<string>((signal) => {
      signal.addEventListener('abort', () => undefined);
      return new Promise((resolve) => resolvers.push(resolve));
    });
    const first = loadable.get();
    loadable.invalidate();
    const second = loadable.get();
    resolvers[1]?.('second');
    assert.deepEqual(await second, { value: 'second' });
    resolvers[0]?.('first');
    assert.deepEqual(await first, { value: 'second' });
    assert.deepEqual(loadable.current, { value: 'second' });
  });
});
