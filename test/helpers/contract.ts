import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

// The patterns in the schemas say more than the formats.
const ajv = new Ajv2020({ formats: { uuid: true, 'date-time': true }, allowUnionTypes: true });

function validator(file: string) {
  const validate = ajv.compile(JSON.parse(readFileSync(`schemas/${file}`, 'utf8')));
  /** Says what breaks the published contract; nothing where it is kept. */
  return (value: unknown): string | undefined =>
    validate(value) ? undefined : ajv.errorsText(validate.errors);
}

export const requestProblem = validator('request.schema.json');
export const resultProblem = validator('result.schema.json');
