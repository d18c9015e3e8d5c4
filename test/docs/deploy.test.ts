import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exampleVariables } from '../../scripts/infra/variables.ts';
import { settingNames } from '../../shared/settings/settings.ts';
import { snapshots } from '../infra/snapshot.ts';

const page = readFileSync('docs/deploy.md', 'utf8');
const wordsInCode = new Set(page.match(/(?<=[`\s$"])[A-Z][A-Za-z_]+(?=[`\s"=,)])/g));

describe('docs/deploy.md', () => {
  it.each(Object.keys(exampleVariables).filter((name) => name !== 'AZURE_ENV_NAME'))(
    'says what the variable %s is for',
    (name) => {
      expect(wordsInCode).toContain(name);
    },
  );

  // A connection string holds a key; it is for the local Service Bus only.
  it.each(settingNames.filter((name) => name !== 'ServiceBusConnection'))(
    'says where the setting %s comes from',
    (name) => {
      expect(page).toContain(`\`${name}\``);
    },
  );

  it('names no variable that azd does not hand over', () => {
    const read = page.match(/(?<=azd env get-value )\w+|(?<="\$)[A-Z_]+(?=")/g) ?? [];
    expect(read.length).toBeGreaterThan(0);
    for (const name of read) expect(Object.keys(snapshots.defaults.outputs)).toContain(name);
  });
});
