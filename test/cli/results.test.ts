import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type App, eventually, startApp } from '../helpers/app.ts';
import { epc } from '../helpers/command.ts';
import { aPartner, RECENT_RESULTS, RESULTS_TOPIC } from '../helpers/faults.ts';

let app: App;
beforeAll(async () => {
  app = await startApp({}, {}, { takesResults: false });
});
afterAll(() => app.stop());

const results = (...args: string[]) => epc(['results', ...args], app);
const thereAre = (count: number) =>
  eventually(
    () => app.serviceBus.queue(RECENT_RESULTS).counts().active === count || undefined,
    `${count} results`,
  );

it('npx epc results lists the results, all or those with one reference or about one partner, and takes none', async () => {
  expect(await results('--once')).toEqual({
    code: 0,
    stdout: '',
    stderr:
      'No results of the last day to show on external-partner-results on localhost. Older ones are on record: npx epc history.\n',
  });
  const [first, second] = [aPartner(app), aPartner(app)];
  await app.send(first, { enableConnection: true, reference: 'CHG1\u001b[31m' });
  await app.send(second, { enableConnection: 'x', reference: 'CHG2' });
  await thereAre(2);

  const { stdout } = await results('--once');
  expect(stdout).toMatch(new RegExp(`${first}  CHG1 \\[31m  applied: enableConnection is true, available, `));
  expect(stdout).toContain(`${second}  CHG2  rejected: invalidRequest: enableConnection is "x"`);
  const one = await results('--once', '--reference', 'CHG2', '--json');
  expect(JSON.parse(one.stdout)).toMatchObject({ reference: 'CHG2', outcome: 'rejected' });
  const other = await results('--once', '--partner', first.toUpperCase(), '--json');
  expect(JSON.parse(other.stdout)).toMatchObject({ request: { externalPartnerId: first } });
  await thereAre(2);
});

it('npx epc results follows the results that come, says how to stop, and stops then', async () => {
  const child = spawn(process.execPath, ['cli/epc.mjs', 'results'], {
    env: { ...process.env, ...app.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [printed, said] = ['', ''];
  child.stdout.on('data', (data) => {
    printed += data;
  });
  child.stderr.on('data', (data) => {
    said += data;
  });
  try {
    await eventually(() => printed.includes('CHG2') || undefined, 'the earlier results');
    expect(said).toContain(
      'Following the results on external-partner-results on localhost, from those of the last day on. Ctrl-C stops.\n',
    );
    await app.send(aPartner(app), { enableConnection: true, reference: 'CHG3' });
    await eventually(() => printed.includes('CHG3  applied') || undefined, 'the new result');
  } finally {
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
  }
});

it.each([
  'no JSON',
  '{"outcome":"applied","messageId":"M1"}',
  '{"outcome":"failed","messageId":"M1","error":null}',
  'null',
])('npx epc results skips a message that is not a result, and says so: %s', async (body) => {
  app.serviceBus.send(RESULTS_TOPIC, { body: Buffer.from(body), messageId: randomUUID() });
  const { code, stdout, stderr } = await results('--once');
  expect(code).toBe(0);
  expect(stderr).toMatch(/^(Skipped message \d+, which is not a result\.\n)+$/);
  expect(stdout).toContain('CHG2');
});

it('npx epc results refuses an id that is not a GUID', async () => {
  expect(await results('--partner', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--partner is x; write the id (a GUID)'),
  });
});
