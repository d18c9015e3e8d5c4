import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import asyncApi from '../schemas/asyncapi.json' with { type: 'json' };
import { requestProblem, resultProblem } from './helpers/contract.ts';

const specification = createRequire(import.meta.url)(
  `@asyncapi/specs/schemas/${asyncApi.asyncapi}-without-$id.json`,
);
const ajv = new Ajv({ strict: false, validateFormats: false });
const isAsyncApi = ajv.compile(specification);

describe('the AsyncAPI document', () => {
  it('keeps to the specification', () => {
    expect(isAsyncApi(asyncApi) ? [] : isAsyncApi.errors).toEqual([]);
  });

  it('would be caught where it does not', () => {
    const broken = structuredClone(asyncApi);
    broken.operations.setExternalPartnerConnection.action = 'subscribe';
    expect(isAsyncApi(broken)).toBe(false);
  });

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(asyncApi).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to ?? '');
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) {
      const [file, path = ''] = reference.split('#');
      if (file) expect([reference, existsSync(`schemas/${file}`)]).toEqual([reference, true]);
      const target = path
        .split('/')
        .slice(1)
        .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], asyncApi);
      expect([reference, target === undefined]).toEqual([reference, false]);
    }
  });

  it('holds examples that keep to the schemas of bodies and broker properties', () => {
    const { request, result } = asyncApi.components.messages;
    const areBrokerProperties = new Ajv2020({ validateFormats: false }).compile(request.headers);
    expect(request.examples.length).toBeGreaterThan(0);
    for (const { headers, payload } of request.examples) {
      expect(areBrokerProperties(headers)).toBe(true);
      expect(headers.SessionId).toBe(payload.externalPartnerId.toLowerCase());
      expect(requestProblem(payload)).toBeUndefined();
    }
    expect(result.examples.map(({ payload }) => resultProblem(payload))).toEqual(
      result.examples.map(() => undefined),
    );
  });
});
