import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  currentFingerprints,
  FINGERPRINTS,
  fingerprintOf,
  formatFingerprints,
  parseFingerprints,
  stalenessOf,
} from '../../scripts/infra/fingerprints.ts';

describe('the snapshots', () => {
  it('are not older than what they are made from (npm run infra -- --write)', () => {
    const noted = parseFingerprints(readFileSync(FINGERPRINTS, 'utf8'));
    expect(stalenessOf(noted, currentFingerprints())).toEqual([]);
  });

  it('are made from every file of infra/ and from what operations/ generates', () => {
    expect([...currentFingerprints().keys()]).toEqual(
      expect.arrayContaining([
        'infra/bicepconfig.json',
        'infra/functionApp.bicep',
        'infra/main.bicep',
        'infra/main.bicepparam',
        'infra/snapshots/defaults.snapshot.json',
        'infra/snapshots/everything.bicepparam',
        'infra/snapshots/everything.snapshot.json',
        'operations/alerts.json',
        'operations/workbook.json',
      ]),
    );
  });
});

describe('a stale snapshot is found:', () => {
  const noted = currentFingerprints();

  it('a file that changed', () => {
    const current = new Map(noted).set('infra/main.bicep', fingerprintOf('param x string'));
    expect(stalenessOf(noted, current)).toEqual([
      'infra/main.bicep has changed since the snapshots were taken.',
    ]);
  });

  it('a file that came', () => {
    const current = new Map(noted).set('infra/new.bicep', fingerprintOf(''));
    expect(stalenessOf(noted, current)).toEqual(['infra/new.bicep is newer than the snapshots.']);
  });

  it('a file that went', () => {
    const current = new Map(noted);
    current.delete('infra/roles.bicep');
    expect(stalenessOf(noted, current)).toEqual([
      'infra/roles.bicep is gone since the snapshots were taken.',
    ]);
  });
});

describe('a fingerprint', () => {
  it('is the same whatever ends the lines', () => {
    expect(fingerprintOf('a\r\nb\r\n')).toBe(fingerprintOf('a\nb\n'));
    expect(fingerprintOf('a\nb\n')).not.toBe(fingerprintOf('a\nc\n'));
  });

  it('is read as it was written', () => {
    const fingerprints = currentFingerprints();
    expect(parseFingerprints(formatFingerprints(fingerprints))).toEqual(fingerprints);
    expect(parseFingerprints(formatFingerprints(fingerprints).replaceAll('\n', '\r\n'))).toEqual(
      fingerprints,
    );
  });
});
