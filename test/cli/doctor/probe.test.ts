import { ServiceBusClient, ServiceBusError } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probe } from '../../../cli/doctor/probe.ts';
import { type Namespace, openNamespace } from '../../../cli/serviceBus/namespace.ts';
import { samplePartners } from '../../../local/graph/samplePartners.ts';
import { type App, startApp } from '../../helpers/app.ts';
import { REQUESTS_QUEUE } from '../../helpers/faults.ts';

const [partner] = samplePartners;

let app: App;
let client: ServiceBusClient;
let namespace: Namespace;
beforeAll(async () => {
  app = await startApp();
  const { connectionString } = app.serviceBus;
  client = new ServiceBusClient(connectionString);
  namespace = openNamespace(client, { host: 'localhost', isLocal: true, connectionString });
});
afterAll(async () => {
  await client?.close();
  await app?.stop();
});

const run = (id: string = partner.id, changes: Partial<Namespace> = {}, waitMs?: number) =>
  probe({ ...namespace, ...changes }, id, waitMs).run();

describe('the probe', () => {
  it('has a request checked, and changes nothing', async () => {
    expect(await run()).toMatchObject({ status: 'ok', seen: expect.stringContaining('as before') });
    expect(app.patches(partner.id)).toEqual([]);
  });

  it('says so if there is no such partner', async () => {
    expect(await run('00000000-0000-4000-8000-000000000000')).toMatchObject({
      status: 'skipped',
      seen: expect.stringContaining('No external partner has this id'),
    });
  });

  it('does not call the app broken if its policy refuses the probe, and passes a freeze', async () => {
    await app.stopHost();
    await app.startHost({ FREEZE: 'true' });
    expect(await run()).toMatchObject({ status: 'ok' });
    await app.stopHost();
    await app.startHost({ REFERENCE_PATTERN: 'CHG[0-9]{7}' });
    expect(await run()).toMatchObject({
      status: 'skipped',
      seen: expect.stringContaining('REFERENCE_PATTERN'),
    });
  });

  it('is skipped if the caller may not send', async () => {
    const send = () => Promise.reject(new ServiceBusError('Unauthorized access.', 'UnauthorizedAccess'));
    expect(await run(partner.id, { send })).toMatchObject({
      status: 'skipped',
      seen: 'it takes the right to send requests and to read results',
    });
  });

  it('finds that no result comes if no app runs, and leaves a request that expires', async () => {
    await app.stopHost();
    expect(await run(partner.id, {}, 1_000)).toMatchObject({
      status: 'wrong',
      seen: 'no result within 1 s',
      todo: expect.stringContaining('Does the app run'),
    });
    const [request] = app.serviceBus.queue(REQUESTS_QUEUE).messages();
    expect(JSON.parse(String(request?.body))).toMatchObject({
      externalPartnerId: partner.id,
      validateOnly: true,
      validUntil: expect.any(String),
    });
  });
});
