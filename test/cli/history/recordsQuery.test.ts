import { expect, it } from 'vitest';
import { recordsQuery } from '../../../cli/history/readRecords.ts';
import { createKusto } from '../../helpers/kusto.ts';
import { tables } from '../../operations/tables.ts';

const analyze = createKusto(tables);

it.each([
  [{ partners: ['b3548526-e615-3785-3118-be70b3968ec5', 'x'] }, undefined],
  [{ reference: 'CHG1' }, '/subscriptions/1/resourceGroups/g'],
  [{ reference: '" or true // \\" \n \u2028 | take 1' }, '"'],
])('the query for %j is KQL, and what is looked for stays a text in it', (filter, componentId) => {
  const { problems, comparisons } = analyze(recordsQuery(filter, componentId));
  expect(problems).toEqual([]);
  const wanted = 'reference' in filter ? [filter.reference] : filter.partners;
  const names = new Set(['reference', 'externalPartnerId']);
  expect(comparisons.filter(({ name }) => names.has(name)).map(({ text }) => text)).toEqual(wanted);
});
