import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type App, eventually, startApp } from '../helpers/app.ts';
import { runScript } from '../helpers/command.ts';
import { aPartner, RECENT_RESULTS } from '../helpers/faults.ts';

let app: App;
beforeAll(async () => {
  app = await startApp({}, {}, { takesResults: false });
});
afterAll(() => app.stop());

const answered = (count: number) =>
  eventually(
    () => app.serviceBus.queue(RECENT_RESULTS).counts().active === count || undefined,
    `${count} answers`,
  );

it('npm run results lists the answers, all or those to one reference or about one partner, and takes none', async () => {
  const none = await runScript('results', ['--once'], app);
  expect(none).toEqual({ code: 0, stdout: '', stderr: '' });
  const [first, second] = [aPartner(app), aPartner(app)];
  await app.send(first, { enableConnection: true, reference: 'CHG1\u001b[31m' });
  await app.send(second, { enableConnection: 'x', reference: 'CHG2' });
  await answered(2);

  const { stdout } = await runScript('results', ['--once'], app);
  expect(stdout).toMatch(new RegExp(`${first}  CHG1 \\[31m  applied: enableConnection is true, available, `));
  expect(stdout).toContain(`${second}  CHG2  rejected: invalidRequest: enableConnection is "x"`);
  const one = await runScript('results', ['--once', '--reference', 'CHG2', '--json'], app);
  expect(JSON.parse(one.stdout)).toMatchObject({ reference: 'CHG2', outcome: 'rejected' });
  const other = await runScript('results', ['--once', '--partner', first.toUpperCase(), '--json'], app);
  expect(JSON.parse(other.stdout)).toMatchObject({ request: { externalPartnerId: first } });
  await answered(2);
});

it('npm run results follows the answers that come, until it is told to stop', async () => {
  const child = spawn(process.execPath, ['cli/results.ts'], {
    env: { ...process.env, ...app.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (data) => {
    printed += data;
  });
  try {
    await eventually(() => printed.includes('CHG2') || undefined, 'the earlier answers');
    await app.send(aPartner(app), { enableConnection: true, reference: 'CHG3' });
    await eventually(() => printed.includes('CHG3  applied') || undefined, 'the new answer');
  } finally {
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
  }
});
