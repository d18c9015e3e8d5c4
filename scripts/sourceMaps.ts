import { appendFile, glob, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/**
 * Moves the source maps out of a folder of bundles, and lets each bundle link to its own: a debugger finds them, and
 * the folder can be deployed as it is.
 *
 * @param to a folder beside the other, since the maps name their sources relative to themselves
 */
export async function moveSourceMaps(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  for (const file of await Array.fromAsync(glob('**/*.map', { cwd: from }))) {
    const map = join(to, file);
    await mkdir(dirname(map), { recursive: true });
    await rename(join(from, file), map);
    const bundle = join(from, file.replace(/\.map$/, ''));
    const link = relative(dirname(bundle), map).split(sep).join('/');
    await appendFile(bundle, `//# sourceMappingURL=${link}\n`);
  }
}
