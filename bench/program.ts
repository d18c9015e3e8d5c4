import { join } from 'node:path';
import { build } from 'esbuild';
import { bundling } from '../scripts/build.ts';

/** Bundles a program of this folder, so that its process spends no time on TypeScript. */
export async function prepareProgram(name: string, directory: string): Promise<string> {
  const outfile = join(directory, `${name}.cjs`);
  await build({ ...bundling, entryPoints: [join(import.meta.dirname, `${name}.ts`)], outfile });
  return outfile;
}
