import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { MeasuredRates } from '../../../src/relocation/measured-rates.ts';

const MIB = 1024 * 1024;
const way = { from: 'vendor.example', to: 'airgap.example:5000' };

describe('the last measured rate', () => {
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'airgap-rates-'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('is available to a later process, for the same route only', async () => {
    const state = join(folder, 'not', 'there', 'yet');
    assert.equal(await new MeasuredRates(state).find(way), undefined);
    await new MeasuredRates(state).note(way, 80 * MIB, 4);
    await new MeasuredRates(state).note({ ...way, to: '(file)' }, 8 * MIB, 4);
    assert.equal(await new MeasuredRates(state).find(way), 20 * MIB);
    assert.equal(await new MeasuredRates(state).find({ from: way.to, to: way.from }), undefined);
    await new MeasuredRates(state).note(way, 8 * MIB, 1);
    assert.equal(await new MeasuredRates(state).find(way), 8 * MIB);
    assert.deepEqual(await readdir(state), ['rates.json']);
  });

  it('is not measured with a few bytes, which only show the latency', async () => {
    const state = join(folder, 'few');
    await new MeasuredRates(state).note(way, MIB, 1);
    assert.equal(await new MeasuredRates(state).find(way), undefined);
  });

  it('is kept for the last fifty routes', async () => {
    const rates = new MeasuredRates(join(folder, 'many'));
    const to = (index: number) => ({ from: 'a', to: `host-${index}` });
    for (let index = 0; index < 51; index++) await rates.note(to(index), 8 * MIB, 1);
    assert.equal(await rates.find(to(0)), undefined);
    assert.equal(await rates.find(to(1)), 8 * MIB);
  });

  it('is unknown if the file is damaged, missing, or cannot be written', async () => {
    await writeFile(join(folder, 'rates.json'), '{"vendor.example > airgap.example:5000": "fast"');
    assert.equal(await new MeasuredRates(folder).find(way), undefined);
    await writeFile(join(folder, 'rates.json'), '{"vendor.example > airgap.example:5000": "fast"}');
    assert.equal(await new MeasuredRates(folder).find(way), undefined);
    await new MeasuredRates(undefined).note(way, 8 * MIB, 1);
    await new MeasuredRates(join(folder, 'rates.json', 'below')).note(way, 8 * MIB, 1);
  });
});
