import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';

export type Package = {
  readonly files: number;
  readonly bytes: number;
  readonly zippedBytes: number;
  /** What is loaded while Graph works on the first PATCH. */
  readonly telemetryBytes: number;
};

/** The headers of a zip archive: local and central for each file, besides its name twice, and the end record. */
const FILE_HEADERS = 30 + 46;
const END_RECORD = 22;

/** Measures a deployment package as if zipped, whatever zip program there may be on the machine. */
export async function measurePackage(directory: string): Promise<Package> {
  let files = 0;
  let bytes = 0;
  let zippedBytes = END_RECORD;
  let telemetryBytes = 0;
  for await (const entry of glob('**', { cwd: directory, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path);
    const name = path.slice(directory.length + 1);
    if (entry.name === 'applicationInsights.cjs') telemetryBytes += content.length;
    files++;
    bytes += content.length;
    zippedBytes += deflateRawSync(content).length + FILE_HEADERS + 2 * Buffer.byteLength(name);
  }
  return { files, bytes, zippedBytes, telemetryBytes };
}
