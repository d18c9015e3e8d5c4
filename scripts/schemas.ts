import { mkdir, writeFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { requestSchema } from '../shared/contract/requestSchema.ts';
import { resultSchema } from '../shared/contract/resultSchema.ts';
import { asyncApi } from './asyncApi.ts';

/** The published contract by file name, made from the definitions that the app itself checks with. */
export function schemas(): Record<string, object> {
  return {
    'request.schema.json': requestSchema(),
    // As input: readers of results have to put up with properties that are added later.
    'result.schema.json': {
      $id: 'urn:external-partner-connection:result',
      ...z.toJSONSchema(resultSchema, { io: 'input' }),
    },
  };
}

/** Everything that is published in schemas/, by file name. */
export function documents(): Record<string, object> {
  return { ...schemas(), 'asyncapi.json': asyncApi() };
}

if (import.meta.main) {
  await mkdir('schemas', { recursive: true });
  for (const [name, schema] of Object.entries(documents())) {
    await writeFile(`schemas/${name}`, `${JSON.stringify(schema, null, 2)}\n`);
  }
}
