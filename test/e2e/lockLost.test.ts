import { afterAll, beforeAll, expect, it } from 'vitest';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { inOrder } from '../../local/http/fault.ts';
import { type App, eventually, startApp } from '../helpers/app.ts';

const [{ id }] = samplePartners;

let app: App;
beforeAll(async () => {
  app = await startApp({ GRAPH_TIMEOUT_SECONDS: '5' });
});
afterAll(() => app.stop());

it('a request whose session lock is lost in mid-call is not applied after a later one of its partner', async () => {
  app.graph.fault = inOrder({ kind: 'hang' });
  const disable = await app.send(id, { enableConnection: false });
  await eventually(() => app.graph.journal[0], 'the call that hangs');
  app.serviceBus.expireLocks('external-partner-requests');
  const enable = await app.send(id, { enableConnection: true });
  expect(await app.resultOf(disable)).toMatchObject({ outcome: 'applied', deliveryCount: 2 });
  expect(await app.resultOf(enable)).toMatchObject({ outcome: 'applied' });
  await app.stopHost();
  expect(app.patches(id).map(({ enableConnection, applied }) => [enableConnection, applied])).toEqual([
    [false, false],
    [false, true],
    [true, true],
  ]);
});
