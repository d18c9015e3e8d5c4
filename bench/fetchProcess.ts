/** The plain loop that warm figures are compared with: fetch, PATCH, read the response, again. */

import { load } from './load.ts';
import { externalPartnerIdOf } from './partners.ts';
import type { Report, Task } from './warmProcess.ts';

const { GRAPH_BASE_URL, BENCH_TOKEN } = process.env;

process.on('message', async (task: Task) => {
  const cost = await load(async (index) => {
    const response = await fetch(
      `${GRAPH_BASE_URL}/beta/deviceManagement/virtualEndpoint/externalPartners/${externalPartnerIdOf(index)}`,
      {
        method: 'PATCH',
        headers: {
          'accept-encoding': 'identity',
          authorization: `Bearer ${BENCH_TOKEN}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ enableConnection: index % 2 === 0 }),
      },
    );
    if (response.status !== 200) throw new Error(`Graph responded with ${response.status}.`);
    await response.json();
  }, task);
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ ...cost, rss, heapUsed, eventLoopDelayMs: 0 } satisfies Report);
});
process.send?.('ready');
