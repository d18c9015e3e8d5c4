import { cp, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** What a tool leaves out of the folder that it uploads, at any depth; it uploads everything else. */
export type Exclusions = { readonly folders: readonly string[]; readonly files: readonly string[] };

/** The tools that upload the package. */
export const tools = {
  /** With `dist` and `remoteBuild: false` in azure.yaml. */
  'azd deploy': { folders: ['.azure'], files: ['.funcignore', 'local.settings.json'] },
  /** In the folder of the package, with `--no-build`. */
  'func azure functionapp publish': {
    folders: ['.git', '.vscode'],
    files: ['.funcignore', '.gitignore', 'local.settings.json', 'project.lock.json'],
  },
} as const satisfies Record<string, Exclusions>;

/**
 * Copies what a tool would upload from one folder into another.
 *
 * @returns the files, relative to the folder
 * @throws Error if there is a .funcignore, because this does not know its patterns
 */
export async function unpackUpload(from: string, to: string, exclusions: Exclusions): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    if (entry.name === '.funcignore') throw new Error(`${entry.parentPath} has a .funcignore.`);
    const folders = relative(from, entry.parentPath).split(sep);
    if (folders.some((folder) => exclusions.folders.includes(folder))) continue;
    if (exclusions.files.includes(entry.name)) continue;
    const file = join(relative(from, entry.parentPath), entry.name);
    await cp(join(from, file), join(to, file));
    files.push(file.split(sep).join('/'));
  }
  return files.sort();
}
