import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';

/** Where the fingerprints stand: one line a file, as sha256sum writes them. */
export const FINGERPRINTS = 'infra/snapshots/fingerprints.sha256';

/** The fingerprint of every file that a snapshot is made from, and of the snapshots themselves, by path. */
export function currentFingerprints(): Map<string, string> {
  const files = globSync([
    'infra/**/*.bicep',
    'infra/**/*.bicepparam',
    'infra/bicepconfig.json',
    'infra/snapshots/*.snapshot.json',
    'operations/*.json',
  ]).map((path) => path.replaceAll('\\', '/'));
  return new Map(files.sort().map((path) => [path, fingerprintOf(readFileSync(path, 'utf8'))]));
}

/** The same whatever ends the lines: Git may check out the files with carriage returns. */
export function fingerprintOf(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');
}

/** Fingerprints as the text of a file. */
export function formatFingerprints(fingerprints: ReadonlyMap<string, string>): string {
  return [...fingerprints].map(([path, fingerprint]) => `${fingerprint}  ${path}\n`).join('');
}

/** The opposite of {@link formatFingerprints}. */
export function parseFingerprints(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [fingerprint = '', path = ''] = line.split('  ');
      return [path, fingerprint];
    }),
  );
}

/** What has changed since the snapshots were taken, a sentence each. */
export function stalenessOf(
  noted: ReadonlyMap<string, string>,
  current: ReadonlyMap<string, string>,
): string[] {
  const paths = new Set([...noted.keys(), ...current.keys()]);
  return [...paths].sort().flatMap((path) => {
    if (!noted.has(path)) return [`${path} is newer than the snapshots.`];
    if (!current.has(path)) return [`${path} is gone since the snapshots were taken.`];
    return noted.get(path) === current.get(path)
      ? []
      : [`${path} has changed since the snapshots were taken.`];
  });
}
