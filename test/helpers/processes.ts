import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Checkout } from './checkout.ts';

/** Whether nobody listens on a port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, 'localhost');
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });
}

/** Waits until nobody listens on any of the ports. */
export async function allFree({ ports }: Checkout): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await Promise.all([...ports.values()].map(isFree))).every(Boolean)) {
    if (Date.now() > deadline) throw new Error('Something still listens.');
    await sleep(100);
  }
}

/** The processes that descend from one, by process id; none on Windows, which has no ps. */
export function descendants(pid: number): number[] {
  if (process.platform === 'win32') return [];
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const children = pairs.filter(([, parent]) => parent === pid).map(([child = 0]) => child);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until none of the processes runs. */
export async function allEnded(pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (pids.some(isRunning)) {
    if (Date.now() > deadline) throw new Error(`Still running: ${pids.filter(isRunning)}.`);
    await sleep(100);
  }
}
