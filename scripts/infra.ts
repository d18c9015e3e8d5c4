/**
 * Checks infra/ with the real Bicep compiler: it builds, the linter says nothing, and every resource is as in the
 * committed snapshots. `npm run infra -- --write` takes new snapshots.
 */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual, parseArgs, promisify } from 'node:util';
import { type Compiler, findCompiler, NoCompilerError } from './infra/compiler.ts';
import { asMessage } from './infra/errors.ts';
import { exampleParameters, exampleVariables } from './infra/variables.ts';

const CACHE = 'node_modules/.cache/bicep';
const TEMPLATE = 'infra/main.bicep';
const PARAMETERS = 'infra/main.bicepparam';

/** Not beside main.bicepparam: azd takes a snapshot of its own there, and removes it. */
const installations = globSync('infra/snapshots/*.bicepparam').sort();

/** Where the snapshots pretend to deploy to: nothing in them may depend on who takes them. */
const destination = [
  '--tenant-id=00000000-0000-0000-0000-000000000000',
  '--subscription-id=00000000-0000-0000-0000-000000000000',
  '--resource-group=rg-example',
  '--location=westeurope',
  '--deployment-name=main',
];

/** Something to check. It ends with what is right about the file, or throws what is wrong. */
type Check = { readonly path: string; readonly run: () => Promise<string> };

function checks(bicep: (...args: string[]) => Promise<string>, write: boolean): Check[] {
  const builds = {
    path: TEMPLATE,
    run: async () => {
      await bicep('build', TEMPLATE, '--stdout');
      return 'builds';
    },
  };
  const lints = [TEMPLATE, PARAMETERS, ...installations].map((path) => ({
    path,
    run: async () => {
      const diagnostics = await bicep('lint', path);
      if (diagnostics.trim() !== '') throw new Error(diagnostics);
      return 'no diagnostics';
    },
  }));
  const variables = {
    path: PARAMETERS,
    run: async () => {
      const { parametersJson } = JSON.parse(await bicep('build-params', PARAMETERS, '--stdout'));
      const { parameters } = JSON.parse(parametersJson) as { parameters: Record<string, { value: unknown }> };
      const values = Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value]));
      if (!isDeepStrictEqual(values, exampleParameters)) {
        throw new Error(`Not the parameters that were expected: ${JSON.stringify(values, null, 2)}`);
      }
      return `reads ${Object.keys(exampleVariables).length} variables`;
    },
  };
  const snapshots = installations.map((parameters) => {
    const path = parameters.replace(/\.bicepparam$/, '.snapshot.json');
    return {
      path,
      run: async () => {
        await bicep('snapshot', parameters, `--mode=${write ? 'overwrite' : 'validate'}`, ...destination);
        const snapshot = JSON.parse(await readFile(path, 'utf8'));
        if (write) await writeFile(path, formatSnapshot(snapshot));
        return `${snapshot.predictedResources.length} resources ${write ? 'written' : 'as committed'}`;
      },
    };
  });
  return [builds, ...lints, variables, ...snapshots];
}

/** The compiler writes the outputs in another order each time. */
function formatSnapshot(snapshot: { outputs: Record<string, unknown> }): string {
  const outputs = Object.fromEntries(Object.entries(snapshot.outputs).sort());
  return `${JSON.stringify({ ...snapshot, outputs }, null, 2)}\n`;
}

/** @throws with what the compiler says, warnings included: they leave its exit code at 0. */
async function compile({ path, env }: Compiler, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(path, args, {
    env: { ...env, ...exampleVariables },
    maxBuffer: 64 * 1024 * 1024,
    // A second or two, but a busy build machine may take its time.
    timeout: 600_000,
  });
  if (stderr.trim() !== '') throw new Error(stderr.trim());
  return stdout;
}

async function main(write: boolean): Promise<void> {
  const compiler = await findCompiler(CACHE, process.env);
  const bicep = (...args: string[]) => compile(compiler, args);
  console.log(`${(await bicep('--version')).trim()}, ${compiler.origin}`);
  for (const { path, run } of checks(bicep, write)) {
    try {
      console.log(`ok      ${path}: ${await run()}`);
    } catch (error) {
      console.log(`FAILED  ${path}\n${asMessage(error)}\n`);
      process.exitCode = 1;
    }
  }
  if (process.exitCode === 1 && !write) {
    console.log('If the resources should change, run npm run infra -- --write, and review the snapshots.');
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
  try {
    await main(values.write);
  } catch (error) {
    if (!(error instanceof NoCompilerError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
