import { writeFile } from 'node:fs/promises';
import { workbook } from './operations/workbook.ts';

/** What is deployed or pasted into Azure, by file name, made from the queries in `operations/`. */
export function operations(): Record<string, object> {
  return { 'workbook.json': workbook() };
}

if (import.meta.main) {
  for (const [name, definition] of Object.entries(operations())) {
    await writeFile(`operations/${name}`, `${JSON.stringify(definition, null, 2)}\n`);
  }
}
