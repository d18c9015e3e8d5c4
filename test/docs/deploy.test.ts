import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exampleVariables } from '../../scripts/infra/variables.ts';
import { settingNames } from '../../shared/settings/environment.ts';
import { notInAzure } from '../infra/checks/settings.ts';
import { snapshots } from '../infra/snapshot.ts';

const first = readFileSync('docs/deploy.md', 'utf8');
const page = first + readFileSync('docs/deploy-options.md', 'utf8');
const wordsInCode = new Set(page.match(/(?<=[`\s$"])[A-Z][A-Za-z_]+(?=[`\s"=,)])/g));

function parametersOf(template: string): string[] {
  return [...template.matchAll(/^param (\w+) /gm)].flatMap(([, name]) => name ?? []);
}

describe('docs/deploy.md and docs/deploy-options.md', () => {
  it('lead through a first deployment in less than 1,200 words, in sh and in PowerShell', () => {
    expect(first.split(/\s+/).length).toBeLessThan(1200);
    const variables = (language: string) =>
      [...first.matchAll(new RegExp(`\`\`\`${language}\n([^\`]+)`, 'g'))]
        .flatMap(([, code = '']) => code.match(/azd env (set [A-Z_]+|get-values)/g) ?? [])
        .filter((command) => !/AZURE_/.test(command));
    expect(variables('powershell')).toEqual(variables('sh'));
    expect(variables('sh').length).toBeGreaterThan(3);
  });

  it.each(parametersOf(readFileSync('infra/main.bicep', 'utf8')))(
    'say what the parameter %s is for',
    (name) => {
      const variable = new RegExp(`^param ${name} = [^\n]*readEnvironmentVariable\\('(\\w+)'`, 'm').exec(
        readFileSync('infra/main.bicepparam', 'utf8'),
      )?.[1];
      expect(page).toMatch(new RegExp(`\`(${[name, variable].join('|')})\``));
    },
  );

  it.each(Object.keys(exampleVariables).filter((name) => name !== 'AZURE_ENV_NAME'))(
    'says what the variable %s is for',
    (name) => {
      expect(wordsInCode).toContain(name);
    },
  );

  it.each(settingNames.filter((name) => !notInAzure.includes(name)))(
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
