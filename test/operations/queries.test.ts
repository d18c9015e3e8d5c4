import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readQuery } from '../../scripts/operations/queries.ts';
import { createKusto } from '../helpers/kusto.ts';
import { tables } from './tables.ts';

const analyze = createKusto(tables);
const names = globSync('operations/**/*.kql').map((file) => file.slice('operations/'.length, -'.kql'.length));

describe('the queries for operators', () => {
  it('are there', () => {
    expect(names.filter((name) => name.startsWith('queries/')).length).toBeGreaterThanOrEqual(5);
    expect(names.filter((name) => name.startsWith('alerts/')).length).toBeGreaterThanOrEqual(3);
  });

  it.each(names)('%s is KQL over tables and columns that a workspace has', (name) => {
    expect(analyze(readQuery(name).text).problems).toEqual([]);
  });

  it.each(names)('%s begins with its question', (name) => {
    const { title } = readQuery(name);
    expect(title).toMatch(name.startsWith('queries/') ? /^(What|Which|How) .+\?$/ : /^[A-Z].+[^.]$/);
  });
});

describe('the check of a query', () => {
  it.each([
    ['a query that ends too early', 'AppEvents | where', 'line 1'],
    ['an unknown operator', 'AppEvents\n| wher Name == "x"', 'line 2: Query operator expected'],
    ['an unknown table', 'customEvents | take 1', "'customEvents' does not refer to any known table"],
    ['an unknown column', 'AppEvents | where Nam == "x"', "'Nam' does not refer to any known column"],
    ['a column of another table', 'AppEvents | where ResultCode == "200"', "'ResultCode' does not refer"],
    ['an unknown function', 'AppEvents | extend x = tostrin(Name)', "'tostrin' does not refer"],
    ['a name that is gone', 'AppEvents | project Name | where OperationId == "x"', "'OperationId' does not"],
    ['an average of a text', 'AppEvents | summarize avg(Name)', 'line 1'],
  ])('finds %s', (_, query, problem) => {
    expect(analyze(query).problems.join()).toContain(problem);
  });

  it('finds values of dynamic columns however they are written, and what is compared with which text', () => {
    const { problems, dynamicValues, comparisons } = analyze(`
      AppEvents
      | where Name in ("a", 'b') and "c" == tostring(Properties["with-dash"])
      | extend outcome = tostring(Properties.outcome) // Properties.comment
      | where outcome != "d" and Name startswith "e"`);
    expect(problems).toEqual([]);
    expect(dynamicValues).toEqual([
      { table: 'AppEvents', column: 'Properties', name: 'with-dash' },
      { table: 'AppEvents', column: 'Properties', name: 'outcome' },
    ]);
    expect(comparisons).toEqual([
      { table: 'AppEvents', name: 'Name', operator: 'in', text: 'a' },
      { table: 'AppEvents', name: 'Name', operator: 'in', text: 'b' },
      { table: undefined, name: 'with-dash', operator: '==', text: 'c' },
      { table: undefined, name: 'outcome', operator: '!=', text: 'd' },
      { table: 'AppEvents', name: 'Name', operator: 'startswith', text: 'e' },
    ]);
  });
});
