import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documents, schemas } from '../scripts/schemas.ts';
import { readRequestBody } from '../shared/receive/requestBody.ts';
import { requestProblem, resultProblem } from './helpers/contract.ts';
import { aBody } from './helpers/factories.ts';

describe('the published schemas', () => {
  it.each(Object.entries(documents()))('%s is up to date (npm run schemas)', (name, schema) => {
    expect(JSON.parse(readFileSync(`schemas/${name}`, 'utf8'))).toEqual(schema);
  });

  it.each(Object.entries(schemas()))('%s holds examples that keep to it', (name, schema) => {
    const { examples } = schema as { examples: unknown[] };
    expect(examples.length).toBeGreaterThan(1);
    const problemOf = name.startsWith('request') ? requestProblem : resultProblem;
    expect(examples.map(problemOf)).toEqual(examples.map(() => undefined));
  });

  it.each([
    { enableConnection: 'true' },
    { externalPartnerId: 'x' },
    { externalPartnerId: undefined },
    { reason: 'x'.repeat(1025) },
    { validUntil: '2030-01-31' },
    { unknown: 1 },
  ])('refuse what the app refuses: %j', (change) => {
    const body = aBody(change);
    expect(requestProblem(JSON.parse(body.toString()))).toBeDefined();
    expect(readRequestBody(body).request).toBeUndefined();
  });
});

describe('every example in the documentation keeps to the contract', () => {
  const examples = ['README.md', ...globSync('docs/**/*.md')].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, text]) => [file, text ?? ''] as const,
    ),
  );

  it('of which there are some', () => {
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });

  it.each(examples)('%s: %s', (_, text) => {
    const value = JSON.parse(text);
    if ('externalPartnerId' in value) expect(requestProblem(value)).toBeUndefined();
    if ('outcome' in value) expect(resultProblem(value)).toBeUndefined();
  });
});
