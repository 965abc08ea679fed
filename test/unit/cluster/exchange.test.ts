import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { exchange, readText } from '../../../src/cluster/exchange.ts';
import { watchEvents } from '../../../src/cluster/watch-once.ts';
import { HttpTransport } from '../../../src/net/http/transport.ts';
import { ScriptedServer, silence } from './scripted-server.ts';

let server: ScriptedServer;
let transport: HttpTransport;
let controller: AbortController;
beforeEach(async () => {
  server = await ScriptedServer.start();
  controller = new AbortController();
  transport = new HttpTransport({ stallTimeout: 30 });
  server.on('/begun', (_request, response) => void response.writeHead(200).write('{"items":['));
});
afterEach(async () => {
  await transport.close();
  await server.close();
});

const begun = (mayPause = true) =>
  exchange(
    transport,
    { method: 'GET', url: new URL(`${server.url}/begun`), headers: {}, mayPause },
    5000,
    controller.signal,
  );

test('a response that has begun ends at once when canceled', async () => {
  const body = readText(await begun());
  controller.abort();
  await assert.rejects(body, { name: 'AbortError' });
});

test('a watch that waits for its next event ends at once when canceled', async () => {
  const events = watchEvents((await begun()).body);
  const next = events.next();
  controller.abort();
  await assert.rejects(next, { name: 'AbortError' });
});

test('an unread response that breaks does not end the process', async () => {
  const response = await begun();
  controller.abort();
  await response.body.discard();
});

test('a response that pauses times out, but a watch does not', async () => {
  await assert.rejects(readText(await begun(false)), { name: 'NetworkError', kind: 'connection-lost' });
  const events = watchEvents((await begun()).body);
  const next = events.next();
  // The response that does not come would have timed out long before this one.
  await assert.rejects(readText(await begun(false)));
  assert.equal(await Promise.race([next.catch(() => 'ended'), Promise.resolve('open')]), 'open');
});

test('a server that does not begin to respond times out, including the time to connect', async () => {
  server.on('/silent', silence);
  const url = new URL(`${server.url}/silent`);
  const silent = exchange(transport, { method: 'GET', url, headers: {} }, 30, controller.signal);
  await assert.rejects(silent, { name: 'NoAnswerError' });
});
