import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { readBody } from '../../../src/cluster/body.ts';
import { send } from '../../../src/cluster/send.ts';
import { watchEvents } from '../../../src/cluster/watch-events.ts';
import { ScriptedServer } from './scripted-server.ts';

let server: ScriptedServer;
let controller: AbortController;
beforeEach(async () => {
  server = await ScriptedServer.start();
  controller = new AbortController();
  server.on('/begun', (_request, response) => void response.writeHead(200).write('{"items":['));
});
afterEach(() => server.close());

const begun = () => send(new URL(`${server.url}/begun`), {}, undefined, 5000, controller.signal);

test('an answer that has begun ends at once when it is not wanted any more', async () => {
  const body = readBody(await begun(), 5000);
  controller.abort();
  await assert.rejects(body, { name: 'AbortError' });
});

test('so does a watch that waits for its next event', async () => {
  const events = watchEvents(await begun());
  const next = events.next();
  controller.abort();
  await assert.rejects(next, { name: 'AbortError' });
});

test('an answer that nobody reads does not end the process when it breaks', async () => {
  const response = await begun();
  const closed = new Promise((resolve) => response.once('close', resolve));
  controller.abort();
  await closed;
});

test('an answer that falls silent is given up after its time', async () => {
  await assert.rejects(readBody(await begun(), 30), { name: 'NoAnswerError' });
});
