import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readQuery, withParameters } from '../../scripts/operations/queries.ts';
import { operations } from '../../scripts/operations.ts';
import { createKusto } from '../helpers/kusto.ts';
import { METRIC_ALERTS } from '../infra/checks/monitoring.ts';
import { propertiesOf, snapshots } from '../infra/snapshot.ts';
import { tables } from './tables.ts';

type Item = {
  type: number;
  name: string;
  content: { query?: string; json?: string; parameters?: { name: string }[]; metrics?: { metric: string }[] };
};

const analyze = createKusto(tables);
const namesIn = (folder: string) =>
  globSync(`operations/${folder}/*.kql`).map((file) => basename(file, '.kql'));
const committed = (name: string) => readFileSync(`operations/${name}`, 'utf8');
const operating = readFileSync('docs/operating.md', 'utf8');

describe('what is deployed or pasted into Azure', () => {
  it.each(Object.entries(operations()))('%s is up to date (npm run operations)', (name, definition) => {
    expect(JSON.parse(committed(name))).toEqual(definition);
  });

  it('docs/operating.md says of every query what it is for, and of every alert what to do', () => {
    for (const name of namesIn('queries')) expect(operating).toContain(`\`${name}\``);
    for (const name of [...namesIn('alerts'), ...METRIC_ALERTS])
      expect(operating).toMatch(new RegExp(`^### ${name}$`, 'm'));
  });
});

describe('the alerts', () => {
  const rules = propertiesOf(snapshots.defaults, 'Microsoft.Insights/scheduledQueryRules').map(
    ({ properties }) => properties,
  );
  const component = snapshots.defaults.outputs.APPLICATION_INSIGHTS_ID;

  it('hold the query of every file in operations/alerts, and no other', () => {
    const texts = namesIn('alerts').map((name) =>
      withParameters(readQuery(`alerts/${name}`).text, { component: `"${component}"` }),
    );
    expect(texts.length).toBeGreaterThan(0);
    const queries = rules.flatMap(({ criteria }) => criteria?.allOf.map(({ query }) => query?.trimEnd()));
    expect([...queries].sort()).toEqual(texts.sort());
  });

  it('watch in the metrics of the queues what no event tells', () => {
    const metrics = propertiesOf(snapshots.defaults, 'Microsoft.Insights/metricAlerts')
      .flatMap(({ properties }) => properties.criteria?.allOf ?? [])
      .map(({ metricName, dimensions }) => [metricName, dimensions?.[0]?.name]);
    expect(metrics).toEqual([
      ['DeadletteredMessages', 'EntityName'],
      ['ActiveMessages', 'EntityName'],
    ]);
  });

  it('have rows with a time, and the columns by which they are split', () => {
    for (const { criteria } of rules) {
      for (const { query, dimensions = [] } of criteria?.allOf ?? []) {
        const columns = ['TimeGenerated', ...dimensions.map(({ name }) => name)];
        expect(analyze(`${query}\n| project ${columns.join(', ')}`).problems).toEqual([]);
      }
    }
  });
});

describe('the workbook', () => {
  const { items } = JSON.parse(committed('workbook.json')) as { items: Item[] };
  const parameters = items.flatMap(({ content }) => content.parameters ?? []).map(({ name }) => name);

  it('asks the question of every file in operations/queries once, below its words', () => {
    const names = items.filter(({ type }) => type === 3).map(({ name }) => name);
    expect([...names].sort()).toEqual(namesIn('queries').sort());
    for (const name of names) {
      const { title } = readQuery(`queries/${name}`);
      const index = items.findIndex((item) => item.name === name);
      expect(items[index - 1]?.content.json).toContain(title);
    }
  });

  it('shows the metrics of the queues that no event tells', () => {
    const metrics = items.flatMap(({ content }) => content.metrics ?? []).map(({ metric }) => metric);
    expect(metrics).toEqual([
      'microsoft.servicebus/namespaces--ActiveMessages',
      'microsoft.servicebus/namespaces--DeadletteredMessages',
    ]);
  });

  it('gives every query its own parameters, and refers to no others', () => {
    const references = [...committed('workbook.json').matchAll(/\{(\w+)(:\w+)?\}/g)].map(([, name]) => name);
    expect([...new Set(references)].sort()).toEqual([...parameters].sort());
    for (const { name, content } of items.filter(({ type }) => type === 3)) {
      const { text } = readQuery(`queries/${name}`);
      expect(content.query).not.toMatch(/^let (since|step|partner|ticket|component|objective) = (?!.*\{)/m);
      expect(content.query?.split('\n').length).toBe(text.split('\n').length);
    }
  });

  it.each(items.filter(({ type }) => type === 3))(
    'holds KQL once its parameters are filled in: $name',
    ({ content }) => {
      const filledIn = (content.query ?? '')
        .replaceAll('{TimeRange:start}', 'datetime(2026-01-31T17:00:00Z)')
        .replaceAll('{TimeRange:grain}', '30m')
        .replaceAll('{objectiveMinutes}', '5')
        .replaceAll(/"\{\w+\}"/g, '"*"');
      expect(filledIn).not.toContain('{');
      expect(analyze(filledIn).problems).toEqual([]);
    },
  );
});

describe('the parameters of a query', () => {
  it('are its let lines; a let that spans lines does not count', () => {
    const query = 'let a = 1h;\nlet b = AppEvents\n  | take 1;\nb | where "let a = 2" == "x"';
    expect(withParameters(query, { a: '2h', b: 'no', c: 'no' })).toBe(query.replace('1h', '2h'));
  });
});
