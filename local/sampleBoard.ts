import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { openBoard } from '../cli/board/openBoard.ts';
import { buildLocalApp } from './buildLocalApp.ts';
import { startHostProcess } from './functionsHost/hostProcess.ts';
import { samplePartners } from './graph/samplePartners.ts';
import { localValue } from './localSettings.ts';
import { startStandIns } from './standIns.ts';

const REQUESTS_QUEUE = localValue('REQUESTS_QUEUE');
const RESULTS_TOPIC = localValue('RESULTS_TOPIC');
const [{ id: first }, { id: second }, { id: third }] = samplePartners;
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);

export type SampleBoard = {
  readonly url: string;
  /** Sends a request for the third sample partner, and waits for its result. */
  send(properties: object): Promise<void>;
  close(): Promise<void>;
};

/** A board of the app on stand-ins, with something in each of its parts: for its picture, and its tests. */
export async function startSampleBoard(): Promise<SampleBoard> {
  const directory = await mkdtemp(join(tmpdir(), 'external-partner-'));
  const standIns = await startStandIns({ directory });
  const { serviceBus, environment } = standIns;
  const host = await startHostProcess({
    appRoot: await buildLocalApp(directory),
    environment,
    onLine: () => {},
  });

  function post(partner: string, properties: object, scheduledEnqueueTime?: Date): string {
    const messageId = randomUUID();
    const body = Buffer.from(JSON.stringify({ externalPartnerId: partner, ...properties }));
    serviceBus.send(REQUESTS_QUEUE, {
      messageId,
      sessionId: partner,
      body,
      ...(scheduledEnqueueTime && { scheduledEnqueueTime }),
    });
    return messageId;
  }

  function request(partner: string, properties: object): Promise<void> {
    return new Promise((resolve) => {
      const stop = serviceBus.onEntry(({ queue, type, body }) => {
        if (queue !== RESULTS_TOPIC || type !== 'published' || !body?.includes(messageId)) return;
        stop();
        resolve();
      });
      const messageId = post(partner, properties);
    });
  }

  const requestedBy = 'jane@contoso.example';
  await request(first, { enableConnection: true, until: inHours(30), reference: 'CHG0031337', requestedBy });
  await request(first, { enableConnection: true, until: inHours(54), reference: 'CHG0031400', requestedBy });
  post(second, { enableConnection: true, until: inHours(100), reference: 'CHG0031401' }, inHours(48));
  await request(third, { enableConnection: false, reference: 'CHG0031402' });
  await request(third, { enableConnection: 'yes', reference: 'CHG0031403' });
  Object.assign(process.env, environment);
  const authority = await readFile(String(environment.NODE_EXTRA_CA_CERTS), 'utf8');
  setDefaultCACertificates([...getCACertificates(), authority]);
  const board = await openBoard({ port: 0 });
  return {
    url: board.url,
    send: (properties) => request(third, properties),
    async close() {
      await board.close();
      await host.kill();
      await standIns.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
