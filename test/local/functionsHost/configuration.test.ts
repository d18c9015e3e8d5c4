import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { resolveBindings } from '../../../local/functionsHost/bindings.ts';
import { connectionProblem } from '../../../local/functionsHost/connection.ts';
import { parseDuration } from '../../../local/functionsHost/duration.ts';
import { readHostSettings } from '../../../local/functionsHost/hostJson.ts';
import { traceContext } from '../../../local/functionsHost/traceContext.ts';

async function appWith(files: Readonly<Record<string, unknown>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'host-test-'));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), JSON.stringify(content));
  }
  return directory;
}

it.each([
  ['00:10:00', 600_000],
  ['1.00:00:00', 86_400_000],
  ['00:00:00.5', 500],
  ['ten minutes', undefined],
])('reads the duration %s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it('reads host.json, and settings that override it', async () => {
  const serviceBus = { maxConcurrentSessions: 16, sessionIdleTimeout: '00:00:10' };
  const appRoot = await appWith({ 'host.json': { functionTimeout: '00:10:00', extensions: { serviceBus } } });
  const override = { AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentSessions: '3' };
  expect(await readHostSettings(appRoot, override)).toMatchObject({
    functionTimeoutMs: 600_000,
    maxConcurrentSessions: 3,
    sessionIdleTimeoutMs: 10_000,
  });
});

it('matches the names of host.json, and of settings that override it, without regard to case', async () => {
  const serviceBus = { MaxConcurrentSessions: 16, sessionIdleTimeout: '00:00:10' };
  const appRoot = await appWith({ 'host.json': { extensions: { servicebus: serviceBus } } });
  const override = {
    azurefunctionsjobhost__Extensions__ServiceBus__sessionIdleTIMEOUT: '00:00:03',
    AzureFunctionsJobHost__FUNCTIONTIMEOUT: '00:07:00',
  };
  expect(await readHostSettings(appRoot, override)).toMatchObject({
    functionTimeoutMs: 420_000,
    maxConcurrentSessions: 16,
    sessionIdleTimeoutMs: 3_000,
  });
});

it('names every setting of host.json that it cannot read', async () => {
  const serviceBus = { maxConcurrentSessions: 0, sessionIdleTimeout: 10 };
  const appRoot = await appWith({ 'host.json': { extensions: { serviceBus } } });
  const reading = readHostSettings(appRoot, {});
  await expect(reading).rejects.toThrow('extensions.serviceBus.maxConcurrentSessions');
  await expect(reading).rejects.toThrow('extensions.serviceBus.sessionIdleTimeout');
});

it('says that host.json is missing', async () => {
  await expect(readHostSettings(await appWith({}), {})).rejects.toThrow('host.json is missing');
});

it('names the settings that a function lacks', () => {
  const trigger = {
    type: 'serviceBusTrigger',
    direction: 'in',
    queueName: '%IN%',
    connection: 'Bus',
    isSessionsEnabled: true,
  } as const;
  const functions = [{ name: 'f', bindings: { trigger }, callback: () => {} }];
  expect(resolveBindings(functions, {}).problems).toEqual([expect.stringContaining('IN is not set')]);
  expect(resolveBindings(functions, { IN: 'in' }).queueFunctions).toMatchObject([
    { trigger: { connection: 'Bus', entity: 'in' } },
  ]);
  expect(connectionProblem('Bus', {})).toContain('Bus__fullyQualifiedNamespace');
  expect(connectionProblem('Bus', { Bus__fullyQualifiedNamespace: 'n' })).toBeUndefined();
});

it('refuses triggers that it does not serve, and queues without sessions', () => {
  const trigger = { type: 'timerTrigger', direction: 'in' } as const;
  const plain = { type: 'serviceBusTrigger', direction: 'in', queueName: 'in' } as const;
  const { problems } = resolveBindings(
    [
      { name: 'f', bindings: { trigger }, callback: () => {} },
      { name: 'g', bindings: { trigger: plain }, callback: () => {} },
    ],
    {},
  );
  expect(problems).toEqual([
    expect.stringContaining('timerTrigger'),
    expect.stringContaining('"g" has a queue without sessions'),
  ]);
});

it('starts a span of its own in the trace of the message', () => {
  const id = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
  for (const properties of [{ 'Diagnostic-Id': id }, { traceparent: id }]) {
    const { traceParent } = traceContext(properties, {});
    expect(traceParent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
    expect(traceParent).not.toContain('b7ad6b7169203331');
  }
});

it('starts a new trace if the message has none, or an invalid one', () => {
  expect(traceContext({ 'Diagnostic-Id': '|old.1.' }, {}).traceParent).toMatch(
    /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/,
  );
});
