import { afterAll, beforeAll, expect, it } from 'vitest';
import { forbidden } from '../../local/graph/graphFault.ts';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { always } from '../../local/http/fault.ts';
import { type App, startApp } from '../helpers/app.ts';
import { epc } from '../helpers/command.ts';

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

it('npx epc partners lists every partner whole, each on a line', async () => {
  const { code, stdout, stderr } = await epc(['partners'], app);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [titles, ...rows] = stdout.trimEnd().split('\n');
  expect(titles?.split(/\s+/)).toEqual([
    'id',
    'enableConnection',
    'connectionStatus',
    'lastSyncDateTime',
    'statusDetails',
    'partnerId',
  ]);
  expect(rows).toHaveLength(samplePartners.length);
  for (const [index, partner] of samplePartners.entries()) {
    const { id, enableConnection, connectionStatus, statusDetails, partnerId } = partner;
    expect(rows[index]).toMatch(
      new RegExp(`^${id} +${enableConnection} +${connectionStatus} .*${partnerId}$`),
    );
    expect(rows[index]).toContain(statusDetails);
  }
  const asJson = await epc(['partners', '--json'], app);
  expect(JSON.parse(asJson.stdout)).toMatchObject(samplePartners);
});

it('npx epc partners says what Graph responded with, and no token', async () => {
  app.graph.fault = always(forbidden());
  const { code, stderr } = await epc(['partners'], app);
  expect(code).toBe(5);
  expect(stderr).toContain('the local Graph responded with 403: ');
  for (const token of app.identity.issued.keys()) expect(stderr).not.toContain(token);
  app.graph.fault = undefined;
});

it.each([
  [
    ['--graph', 'https://attacker.example'],
    '--graph is https://attacker.example; write https://graph.microsoft.com',
  ],
  [['--tenant', 'x'], '--tenant and --device-code are for a sign-in; write --graph'],
  [['x'], 'Unexpected argument: x.'],
])('npx epc partners refuses %j and says what to type', async (args, message) => {
  expect(await epc(['partners', ...args], app)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining(message),
  });
});

it('npx epc partners says so if nothing listens', async () => {
  const environment = { ...app.environment, GRAPH_BASE_URL: 'https://localhost:1' };
  const { code, stderr } = await epc(['partners'], { environment });
  expect(code).toBe(5);
  expect(stderr).toContain('Is `npm start` or `npm run local` running?');
});

it('npx epc partners does not call another Graph local', async () => {
  const environment = { ...app.environment, GRAPH_BASE_URL: 'https://graph.microsoft.com' };
  const { code, stderr } = await epc(['partners'], { environment });
  expect(code).toBe(2);
  expect(stderr).toContain('pass --graph https://graph.microsoft.com to sign in');
});
