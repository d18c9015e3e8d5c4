import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startStandIns } from '../../local/standIns.ts';
import { startApp } from '../helpers/app.ts';
import { aPartner } from '../helpers/faults.ts';
import { startProxy } from '../helpers/proxy.ts';

let proxy: Awaited<ReturnType<typeof startProxy>>;
beforeAll(async () => {
  proxy = await startProxy();
});
afterAll(() => proxy.close());
beforeEach(() => {
  proxy.journal.length = 0;
});

describe('with a proxy in the environment', () => {
  it('the app asks for its token without it, and reaches Graph and Application Insights through it', async () => {
    const app = await startApp({ ...proxy.environment, NO_PROXY: '', no_proxy: '' });
    try {
      const messageId = await app.send(aPartner(app), { enableConnection: true });
      expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'applied', attempts: 1 });
      await app.eventOf(messageId);
      expect(app.identity.journal.length).toBeGreaterThan(0);
      const tunnelTo = (url: string) => `CONNECT ${new URL(url).host}`;
      expect(proxy.journal).toEqual(
        expect.arrayContaining([tunnelTo(app.graph.url), tunnelTo(app.ingestion.url)]),
      );
      expect(proxy.journal.join('\n')).not.toContain(new URL(app.identity.url).host);
    } finally {
      await app.stop();
    }
  });

  it.each([{}, { NO_PROXY: 'contoso.example', no_proxy: 'fabrikam.example' }])(
    'what runs on this machine is not sent through it by a command, whatever else is excepted: %j',
    async (excepted) => {
      const standIns = await startStandIns();
      try {
        const child = spawn(process.execPath, ['scripts/onNode24.mjs', 'cli/epc.ts', 'partners'], {
          env: { ...process.env, ...standIns.environment, ...proxy.environment, ...excepted },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
        expect(output).toContain('b3548526');
        expect(proxy.journal).toEqual([]);
      } finally {
        await standIns.close();
      }
    },
  );
});
