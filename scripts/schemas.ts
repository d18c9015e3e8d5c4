import { mkdir, writeFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { answerSchema } from '../shared/answer.ts';
import { requestSchema } from '../shared/request.ts';

/** The published contract by file name, made from the definitions that the app itself checks with. */
export function schemas(): Record<string, object> {
  return {
    'request.schema.json': {
      $id: 'urn:external-partner-connection:request',
      ...z.toJSONSchema(requestSchema),
    },
    // As input: readers of answers have to put up with properties that are added later.
    'result.schema.json': {
      $id: 'urn:external-partner-connection:result',
      ...z.toJSONSchema(answerSchema, { io: 'input' }),
    },
  };
}

if (import.meta.main) {
  await mkdir('schemas', { recursive: true });
  for (const [name, schema] of Object.entries(schemas())) {
    await writeFile(`schemas/${name}`, `${JSON.stringify(schema, null, 2)}\n`);
  }
}
