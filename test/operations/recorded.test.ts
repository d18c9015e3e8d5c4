import { globSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceUnavailable } from '../../local/graph/graphFault.ts';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { readQuery } from '../../scripts/operations/queries.ts';
import { type App, eventually, startApp } from '../helpers/app.ts';
import { aPartner } from '../helpers/faults.ts';
import { createKusto } from '../helpers/kusto.ts';
import { createAdjustableClock } from '../local/serviceBus/adjustableClock.ts';
import { graphActivity, type Rows, rowsOf, unknownIn } from './rows.ts';
import { tables } from './tables.ts';

const analyze = createKusto(tables);
const names = globSync('operations/**/*.kql').map((file) => file.slice('operations/'.length, -'.kql'.length));

describe('the queries for operators, over what the app records of requests of every kind', () => {
  let app: App;
  let rows: Rows;
  const unknown = (query: string) => unknownIn(query, analyze(query), rows);

  beforeAll(async () => {
    const settings = { RETRY_BUDGET_SECONDS: '1', MAX_DELIVERY_COUNT: '2' };
    const clock = createAdjustableClock();
    app = await startApp(settings, { requestsQueue: { maxDeliveryCount: 2 }, clock });
    const failing = aPartner(app, ...Array.from({ length: 20 }, () => serviceUnavailable()));
    const said = { requestedBy: 'jane', reference: 'CHG1', reason: 'Onboarding' };
    const [disconnected, healthy, unhealthy] = samplePartners;
    const requests: [string, boolean][] = [
      [disconnected.id, true],
      [disconnected.id, false],
      [healthy.id, true],
      [unhealthy.id, true],
      ['00000000-0000-4000-8000-000000000000', true],
      [failing, true],
    ];
    const messageIds = await Promise.all(
      requests.map(([id, enableConnection]) =>
        app.send(id, { enableConnection, ...said }, { correlationId: 'c-1' }),
      ),
    );
    const events = await Promise.all(messageIds.map(app.eventOf));
    expect(new Set(events.map(({ properties }) => properties.outcome))).toEqual(
      new Set(['applied', 'rejected', 'failed']),
    );
    await eventually(
      () => app.ingestion.events('ExternalPartnerRequestRedelivered')[0],
      'the event of a delivery without an outcome',
    );
    // A window, and its end.
    const until = new Date(clock.now() + 60_000).toISOString();
    const windowed = aPartner(app);
    const window = await app.send(windowed, { enableConnection: true, until, ...said });
    await app.eventOf(window);
    clock.advance(60_000);
    await eventually(
      () =>
        app.ingestion
          .events('ExternalPartnerRequestCompleted')
          .find(({ properties }) => properties.endOf === window),
      'the event of the end of a window',
    );
    await app.eventOf(await app.send(windowed, { enableConnection: true, validateOnly: true }));
    rows = { ...rowsOf(app.ingestion.envelopes), ...graphActivity };
  });
  afterAll(() => app.stop());

  it('are told apart by their clientRequestId, not by a MessageId, which another request may have had', () => {
    const completed = app.ingestion.events('ExternalPartnerRequestCompleted');
    const byId = Map.groupBy(completed, ({ properties }) => properties.clientRequestId);
    // A result that is sent again is the only other one under an id.
    for (const [id, events] of byId) {
      expect(id).toBeDefined();
      expect(new Set(events.map(({ properties }) => properties.messageId)).size).toBe(1);
    }
    for (const name of names) {
      const [, key] = /summarize arg_min\(TimeGenerated, \*\) by (\w+)/.exec(readQuery(name).text) ?? [];
      if (key !== undefined) expect([name, key]).toEqual([name, 'clientRequestId']);
    }
  });

  it.each(names)('%s looks at one installation, if it is told which', (name) => {
    const tables = readQuery(name).text.match(/^ *(let \w+ = )?App\w+$/gm) ?? [];
    const filters = readQuery(name).text.match(
      /component == "\*" or _ResourceId =~ component|OperationId in \(operations\)/g,
    );
    expect(filters?.length).toBe(tables.length);
  });

  it.each(names)('%s names nothing else', (name) => {
    expect(unknown(readQuery(name).text)).toEqual([]);
  });

  it.each([
    ['an event', 'AppEvents | where Name == "RequestCompleted"', 'Name == RequestCompleted'],
    ['a property', 'AppEvents | project tostring(Properties.ticket)', 'no Properties.ticket'],
    ['a measurement', 'AppEvents | project Measurements.waitMs', 'no Measurements.waitMs'],
    ['a property of a call', 'AppDependencies | project Properties.outcome', 'no Properties.outcome'],
    ['an outcome', 'AppEvents | where tostring(Properties.outcome) == "failure"', 'outcome == failure'],
    [
      'a connectionStatus',
      'AppEvents | extend connectionStatus = tostring(Properties.connectionStatus) | where connectionStatus != "well"',
      'connectionStatus != well',
    ],
    ['a call', 'AppDependencies | where Name startswith "POST"', 'Name startswith POST'],
    ['a table that the app does not write', 'AppTraces | project Properties.outcome', 'AppTraces has no'],
  ])('and %s that is not recorded would be found', (_, query, problem) => {
    expect(analyze(query).problems).toEqual([]);
    expect(unknown(query)).toEqual([expect.stringContaining(problem)]);
  });
});
