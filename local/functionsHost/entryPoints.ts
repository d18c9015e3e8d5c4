import { glob, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Loads every file that `main` of the app's package.json names: a path or a glob pattern, as in "Azure Functions
 * Node.js developer guide", "Register a function".
 *
 * @returns the loaded paths, relative to the app's root
 */
export async function loadEntryPoints(appRoot: string): Promise<string[]> {
  const packageFile = join(appRoot, 'package.json');
  const { main, type } = JSON.parse(await readFile(packageFile, 'utf8')) as { main?: string; type?: string };
  if (!main)
    throw new Error(
      `${packageFile} has no "main". Set it to the function files, e.g. "dist/functions/*.js".`,
    );

  const files = await findFiles(appRoot, main);
  if (files.length === 0) {
    throw new Error(
      `"main" of ${packageFile} is "${main}", and no file in ${appRoot} matches it. Build the app first.`,
    );
  }
  const require = createRequire(packageFile);
  for (const file of files) {
    const path = join(appRoot, file);
    const extension = extname(file);
    const isModule = extension === '.mjs' || (extension !== '.cjs' && type === 'module');
    if (isModule) await import(pathToFileURL(path).href);
    else require(path);
  }
  return files;
}

async function findFiles(appRoot: string, pattern: string): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(pattern, { cwd: appRoot })) files.push(file);
  return files.sort();
}
