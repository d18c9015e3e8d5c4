import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { always } from '../../local/http/fault.ts';
import { type StandIns, startStandIns } from '../../local/standIns.ts';
import local from '../../local.settings.json' with { type: 'json' };

const { REQUESTS_QUEUE, RESULTS_TOPIC } = local.Values;
const settings = { REQUESTS_QUEUE, RESULTS_TOPIC };

let directory: string;
let standIns: StandIns;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cold-start-'));
  standIns = await startStandIns({ directory });
});
afterEach(async () => {
  await standIns?.close();
  await rm(directory, { recursive: true, force: true });
});

/** What a helper in a fresh process, on the stand-ins, sends first; its exit code if it sends nothing. */
async function messageOf(helper: string, ...args: string[]): Promise<unknown> {
  const child = fork(`test/helpers/${helper}`, args, {
    env: {
      ...process.env,
      // It makes Node load the built-in fetch as it starts.
      NODE_USE_ENV_PROXY: undefined,
      ...settings,
      ...standIns.environment,
    },
  });
  try {
    const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    return message;
  } finally {
    child.kill('SIGKILL');
  }
}

it('loads telemetry before Graph responds, and after the PATCH is on the wire', async () => {
  const { graph } = standIns;
  const id = randomUUID();
  graph.partners.set(id, { ...samplePartners[0], id });
  // What never comes is what telemetry cannot have waited for.
  graph.fault = always({ kind: 'hang', apply: true });
  const isThere = join(directory, 'is-there');
  graph.onEntry(() => void writeFile(isThere, ''));
  const body = { externalPartnerId: id, enableConnection: true };
  expect(await messageOf('coldApp.ts', isThere, JSON.stringify(body))).toBe(true);
});

it('applies and records a request without loading the built-in fetch', async () => {
  const { graph, ingestion } = standIns;
  const id = randomUUID();
  graph.partners.set(id, { ...samplePartners[0], id, enableConnection: false });
  const body = { externalPartnerId: id, enableConnection: true };
  const loaded = await messageOf('coldBundle.ts', inject('appRoot'), JSON.stringify(body));
  expect(loaded).toEqual({ byTheApp: false, byFetch: true });
  expect(graph.partners.get(id)?.enableConnection).toBe(true);
  // The SDK may send records of earlier processes as well, which it has kept on disk.
  const events = ingestion.events().filter(({ properties }) => properties.messageId === id);
  expect(events).toMatchObject([{ properties: { outcome: 'applied' } }]);
});

it('talks to Graph, its identity, its storage and Application Insights, and to no other host in a day', async () => {
  const { graph, identity, blobStorage, ingestion } = standIns;
  const id = randomUUID();
  graph.partners.set(id, { ...samplePartners[0], id });
  const body = { externalPartnerId: id, enableConnection: true };
  const hosts = await messageOf('contactedHosts.ts', inject('appRoot'), JSON.stringify(body));
  const own = [graph.url, identity.endpoint, blobStorage.url, ingestion.url].map((url) => new URL(url).host);
  expect(hosts).toEqual(own.sort());
});
