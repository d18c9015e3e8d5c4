import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { type StandIns, startStandIns } from '../../local/standIns.ts';
import { REQUESTS_QUEUE, RESULTS_TOPIC } from '../helpers/faults.ts';

const COUNT = 1_000;
const FULL = '/dev/full';

let directory: string;
let standIns: StandIns;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'external-partner-'));
  standIns = await startStandIns({ directory });
  for (let count = 0; count < COUNT; count++) {
    const result = {
      outcome: 'rejected',
      messageId: randomUUID(),
      reference: `CHG${count}`,
      request: {},
      attempts: 0,
      deliveryCount: 1,
      completedAt: '2026-01-31T17:00:01.234Z',
      error: { code: 'expired', message: 'x'.repeat(300) },
    };
    standIns.serviceBus.send(RESULTS_TOPIC, {
      body: Buffer.from(JSON.stringify(result)),
      messageId: randomUUID(),
    });
  }
});
afterAll(async () => {
  await standIns?.close();
  await rm(directory, { recursive: true, force: true });
});

function start(args: readonly string[], stdout: 'pipe' | number = 'pipe'): ChildProcess {
  return spawn(process.execPath, ['cli/epc.mjs', ...args], {
    env: { ...process.env, ...standIns.environment },
    stdio: ['ignore', stdout, 'pipe'],
  });
}

async function endOf(child: ChildProcess) {
  const [[code], stderr] = await Promise.all([once(child, 'close'), child.stderr ? text(child.stderr) : '']);
  return { code, stderr: stderr.replace(/^Connecting to .* …\n/gm, '') };
}

describe('what a command prints', () => {
  it('is all there for a reader that pauses for longer than the command works', async () => {
    const child = start(['results', '--once']);
    const ended = endOf(child);
    if (child.stdout) await once(child.stdout, 'readable');
    await sleep(4_000);
    const printed = child.stdout ? await text(child.stdout) : '';
    expect(printed.split('\n')).toHaveLength(COUNT + 1);
    expect(await ended).toEqual({ code: 0, stderr: '' });
  });

  it('may end when its reader has seen enough', async () => {
    const child = start(['results', '--once', '--json']);
    const ended = endOf(child);
    if (child.stdout) await once(child.stdout, 'data');
    child.stdout?.destroy();
    expect(await ended).toEqual({ code: 0, stderr: '' });
  });

  it('leaves a verdict what it is if its reader has seen enough', async () => {
    for (const args of [['doctor'], ['status'], ['status', '--json']]) {
      const whole = start(args);
      whole.stdout?.resume();
      const { code } = await endOf(whole);
      const child = start(args);
      child.stdout?.destroy();
      expect(await endOf(child)).toEqual({ code, stderr: '' });
    }
  });

  it.skipIf(!existsSync(FULL))('is an error if it cannot be written', async () => {
    for (const args of [['results', '--once'], ['requests'], ['--help']]) {
      const ended = await endOf(start(args, openSync(FULL, 'w')));
      expect(ended).toEqual({ code: 7, stderr: 'The output cannot be written: ENOSPC.\n' });
    }
  });

  it.skipIf(!existsSync(FULL))('stops no work that has begun', async () => {
    const queued = () =>
      standIns.serviceBus.journal.filter(
        ({ queue, type }) => queue === REQUESTS_QUEUE && type === 'enqueued',
      );
    const before = queued().length;
    const ended = await endOf(start(['disable', '--all', '--yes'], openSync(FULL, 'w')));
    expect(ended.code).toBe(7);
    expect(queued()).toHaveLength(before + samplePartners.length);
    const child = start(['disable', '--all', '--yes']);
    child.stdout?.destroy();
    expect((await endOf(child)).code).toBe(0);
    expect(queued()).toHaveLength(before + 2 * samplePartners.length);
  });
});
