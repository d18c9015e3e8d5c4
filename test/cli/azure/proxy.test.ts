import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openApi } from '../../../cli/azure/callAzure.ts';
import { useProxy } from '../../../cli/azure/proxy.ts';
import { UsageError } from '../../../cli/command/errors.ts';
import { startStandIns } from '../../../local/standIns.ts';
import { epc } from '../../helpers/command.ts';
import { startProxy } from '../../helpers/proxy.ts';
import { signedInService } from '../doctor/signedInService.ts';

it('commands send nothing through a proxy that is for this machine', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'external-partner-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const standIns = await startStandIns({ directory });
  onTestFinished(standIns.close);
  const proxy = await startProxy();
  onTestFinished(() => proxy.close());
  const environment = { ...standIns.environment, ...proxy.environment };
  expect((await epc(['partners'], { environment })).code).toBe(0);
  expect((await epc(['requests'], { environment })).code).toBe(0);
  expect(proxy.journal).toEqual([]);
});

it.each(['HTTPS_PROXY', 'http_proxy'])('commands call Azure through the proxy in %s', async (name) => {
  const proxy = await startProxy();
  const before = http.globalAgent;
  onTestFinished(() => {
    http.setGlobalProxyFromEnv({});
    http.globalAgent = before;
    proxy.close();
  });
  useProxy({ [name]: proxy.environment.HTTP_PROXY, NO_PROXY: 'other.example' });
  const scheme = name.startsWith('http_') ? 'http' : 'https';
  const call = openApi(signedInService(`${scheme}://name.invalid`)).call('/');
  await expect(call).rejects.toThrow();
  expect(proxy.journal.join()).toContain('name.invalid');
});

it('keeps what the environment exempts from a proxy', () => {
  const env: NodeJS.ProcessEnv = { NO_PROXY: 'a.example,.b.example' };
  useProxy(env);
  expect(env.NO_PROXY).toBe('a.example,.b.example,localhost,127.0.0.1,::1,[::1]');
  expect(env.no_proxy).toBe(env.NO_PROXY);
});

it('says that a variable does not name a proxy', () => {
  expect(() => useProxy({ HTTPS_PROXY: 'nonsense' })).toThrow(UsageError);
  expect(() => useProxy({ HTTPS_PROXY: 'nonsense' })).toThrow('HTTPS_PROXY is not the address of a proxy');
});
