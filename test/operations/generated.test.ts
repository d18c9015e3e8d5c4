import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readQuery, withParameters } from '../../scripts/operations/queries.ts';
import { operations } from '../../scripts/operations.ts';
import { createKusto } from '../helpers/kusto.ts';
import { tables } from './tables.ts';

type Rule = {
  type: string;
  name: string;
  properties: {
    windowSize: string;
    criteria: { allOf: { query?: string; metricName?: string; dimensions?: { name: string }[] }[] };
  };
};
type Template = { parameters: Record<string, object>; resources: Rule[] };
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

  it('docs/operating.md says of every query and every alert what it is for', () => {
    const { resources } = JSON.parse(committed('alerts.json')) as Template;
    const rules = resources.map(({ name }) => /, '-(.+)'\)]$/.exec(name)?.[1]);
    for (const name of [...namesIn('queries'), ...rules]) expect(operating).toContain(`\`${name}\``);
  });
});

describe('the alerts', () => {
  const template = JSON.parse(committed('alerts.json')) as Template;
  const queries = template.resources.flatMap(({ properties }) =>
    properties.criteria.allOf.flatMap(({ query }) => query ?? []),
  );

  it('hold the query of every file in operations/alerts, and no other', () => {
    const texts = namesIn('alerts').map((name) => readQuery(`alerts/${name}`).text);
    expect(texts.length).toBeGreaterThan(0);
    expect([...queries].sort()).toEqual(texts.sort());
  });

  it('watch in the metrics of the queues what no event tells', () => {
    const metrics = template.resources
      .filter(({ type }) => type === 'Microsoft.Insights/metricAlerts')
      .flatMap(({ properties }) => properties.criteria.allOf)
      .map(({ metricName, dimensions }) => [metricName, dimensions?.[0]?.name]);
    expect(metrics).toEqual([
      ['DeadletteredMessages', 'EntityName'],
      ['ActiveMessages', 'EntityName'],
    ]);
  });

  it('have rows with a time, and the columns by which they are split', () => {
    for (const { properties } of template.resources) {
      for (const { query, dimensions = [] } of properties.criteria.allOf) {
        if (!query) continue;
        const columns = ['TimeGenerated', ...dimensions.map(({ name }) => name)];
        expect(analyze(`${query}\n| project ${columns.join(', ')}`).problems).toEqual([]);
      }
    }
  });

  it('use the parameters of the template, and every one of them', () => {
    const used = [...committed('alerts.json').matchAll(/parameters\('(\w+)'\)/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual(Object.keys(template.parameters).sort());
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
      expect(content.query).not.toMatch(/^let (since|step|partner|ticket) = (?!.*\{)/m);
      expect(content.query?.split('\n').length).toBe(text.split('\n').length);
    }
  });

  it.each(items.filter(({ type }) => type === 3))(
    'holds KQL once its parameters are filled in: $name',
    ({ content }) => {
      const filledIn = (content.query ?? '')
        .replaceAll('{TimeRange:start}', 'datetime(2026-01-31T17:00:00Z)')
        .replaceAll('{TimeRange:grain}', '30m')
        .replaceAll(/"\{\w+\}"/g, '"*"');
      expect(filledIn).not.toContain('{');
      expect(analyze(filledIn).problems).toEqual([]);
    },
  );
});

describe('the parameters of a query', () => {
  it('are its let lines; a let that spans lines is none', () => {
    const query = 'let a = 1h;\nlet b = AppEvents\n  | take 1;\nb | where "let a = 2" == "x"';
    expect(withParameters(query, { a: '2h', b: 'no', c: 'no' })).toBe(query.replace('1h', '2h'));
  });
});
