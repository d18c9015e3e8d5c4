import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { namedFaults } from '../../local/namedFaults.ts';
import { aCheckout, type Checkout, type Running } from '../helpers/checkout.ts';

const timeout = 300_000;
const SERVING = 'Press Ctrl-C to stop.';
const hasSignals = process.platform !== 'win32';

const caFile = ({ directory }: Checkout) => join(directory, '.local', 'ca.pem');

/** Occupies the port of one of the settings, as another program would. */
async function occupy(
  { ports }: Checkout,
  setting: Parameters<Checkout['ports']['get']>[0],
): Promise<number> {
  const port = ports.get(setting) ?? 0;
  const server = createServer().listen(port, 'localhost');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, 'localhost');
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });
}

/** Waits until nobody listens on any of the ports. */
async function allFree({ ports }: Checkout): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await Promise.all([...ports.values()].map(isFree))).every(Boolean)) {
    if (Date.now() > deadline) throw new Error('Something still listens.');
    await sleep(100);
  }
}

/** The processes that descend from one, by process id. */
function descendants(pid: number): number[] {
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

async function allEnded(pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (pids.some(isRunning)) {
    if (Date.now() > deadline) throw new Error(`Still running: ${pids.filter(isRunning)}.`);
    await sleep(100);
  }
}

/** The places of texts in an output, which must be in this order. */
function expectInOrder(output: string, ...texts: readonly string[]): void {
  const places = texts.map((text) => output.indexOf(text));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
}

describe('npm start', { timeout }, () => {
  it('with --once says what it does while it does it, shows each outcome and a retry, and leaves no trace', async () => {
    const checkout = await aCheckout();
    const run = checkout.node('local/start.ts', '--once');
    expect(await run.ended()).toBe(0);
    const output = run.output();
    expectInOrder(
      output,
      'Starting the stand-ins',
      'Building',
      'Starting the app',
      'Sending 7 sample requests',
    );
    expectInOrder(output, '→ 503', 'attempts 2');
    for (const outcome of ['applied', 'rejected', 'failed']) expect(output).toContain(`result   ${outcome}`);
    expect(output).toContain('All 7 sample requests ended as expected.');
    expect(existsSync(caFile(checkout))).toBe(false);
  });

  it('with --fault NAME --once shows what comes of valid and invalid requests, and ends with 0', async () => {
    const runs = [...namedFaults].map(async ([name, { description, outcome }]) => {
      const run = (await aCheckout()).node('local/start.ts', '--once', '--fault', name);
      const code = await run.ended();
      return { name, description, outcome, code, output: run.output() };
    });
    for (const { name, description, outcome, code, output } of await Promise.all(runs)) {
      expect({ name, code, output }).toEqual({
        name,
        code: 0,
        output: expect.stringContaining('All 3 sample requests ended as expected.'),
      });
      expect(output).toContain(`${description} This fault stays on.`);
      expect(output).toContain(`result   ${outcome}`);
      expect(output).toContain('result   rejected invalidRequest');
    }
  });

  it('that is started a second time says which port is in use, and leaves the first one working', async () => {
    const checkout = await aCheckout();
    const first = checkout.node('local/start.ts');
    await first.printed(SERVING);
    const certificate = await readFile(caFile(checkout), 'utf8');

    const second = checkout.node('local/start.ts');
    expect(await second.ended()).toBe(1);
    expect(second.output()).toMatch(/Port \d+ on localhost is in use\. Is another npm start/);
    expect(second.output()).not.toContain('    at ');

    expect(await readFile(caFile(checkout), 'utf8')).toBe(certificate);
    const partners = checkout.node('cli/partners.ts');
    expect(await partners.ended()).toBe(0);

    const another = checkout.node('local/start.ts', '--once');
    expect(await another.ended()).toBe(0);
    expect(await readFile(caFile(checkout), 'utf8')).toBe(certificate);
  });

  it.skipIf(!hasSignals)('ends with 0 at Ctrl-C, also while a request is on its way', async () => {
    const checkout = await aCheckout();
    const run = checkout.node('local/start.ts', '--fault', 'timeout');
    await run.printed('request  {');
    const processes = descendants(run.child.pid ?? 0);
    expect(processes.length).toBeGreaterThan(0);
    run.child.kill('SIGINT');
    expect(await run.ended()).toBe(0);
    await allEnded(processes);
  });

  it('explains its options, and refuses others', async () => {
    const checkout = await aCheckout();
    const [help, unknownOption, unknownFault, word, eaten] = [
      checkout.npm('start', '--', '--help'),
      checkout.node('local/start.ts', '--twice'),
      checkout.node('local/start.ts', '--fault', '418'),
      checkout.node('local/start.ts', 'now'),
      checkout.npm('start', '--once', '--fault=429'),
    ] as const;
    expect(await help.ended()).toBe(0);
    expect(help.output()).toContain('--once');
    expect(await unknownOption.ended()).toBe(2);
    expect(unknownOption.output()).toContain("Unknown option '--twice'");
    expect(await unknownFault.ended()).toBe(2);
    for (const name of namedFaults.keys()) {
      expect(help.output()).toContain(`  ${name} `);
      expect(unknownFault.output()).toContain(`  ${name} `);
    }
    expect(await word.ended()).toBe(2);
    expect(word.output()).toContain("Unexpected argument 'now'");
    expect(await eaten.ended()).toBe(2);
    expect(eaten.output()).toContain('npm start -- --once --fault 429');
  });
});

describe('npm run local', { timeout }, () => {
  it('serves on the ports of local.settings.json, the REST API of Service Bus included', async () => {
    const checkout = await aCheckout();
    const run = checkout.node('local/serve.ts');
    await run.printed(SERVING);
    for (const port of checkout.ports.values()) {
      expect(run.output()).toContain(`localhost:${port}`);
      expect(await isFree(port)).toBe(false);
    }
    const { status } = await fetch(`http://localhost:${checkout.ports.get('SERVICE_BUS_HTTP_URL')}/`);
    expect(status).toBe(401);
  });

  it('says which port is in use, what may hold it and where to change it, and writes no certificate', async () => {
    const checkout = await aCheckout();
    const port = await occupy(checkout, 'GRAPH_BASE_URL');
    const run = checkout.node('local/serve.ts');
    expect(await run.ended()).toBe(1);
    expect(run.output()).toContain(
      `Port ${port} on localhost is in use. Is another npm start or npm run local running? Stop it, or change the port in local.settings.json (GRAPH_BASE_URL).`,
    );
    expect(run.output()).not.toContain('    at ');
    expect(existsSync(caFile(checkout))).toBe(false);
  });

  it('says so if the ports of Service Bus are in use', async () => {
    for (const setting of ['ServiceBusConnection', 'SERVICE_BUS_HTTP_URL'] as const) {
      const checkout = await aCheckout();
      const port = await occupy(checkout, setting);
      const run = checkout.node('local/serve.ts');
      expect(await run.ended()).toBe(1);
      expect(run.output()).toContain(`Port ${port} on localhost is in use`);
      expect(run.output()).toContain(`(${setting})`);
    }
  });

  it('says what to do if .local is a file, or cannot be written to', async () => {
    const checkout = await aCheckout();
    await writeFile(join(checkout.directory, '.local'), '');
    const blocked = checkout.node('local/serve.ts');
    expect(await blocked.ended()).toBe(1);
    expect(blocked.output()).toContain('.local is a file');
    expect(blocked.output()).not.toContain('    at ');

    const other = await aCheckout();
    await mkdir(caFile(other), { recursive: true });
    const unwritable = other.node('local/serve.ts');
    expect(await unwritable.ended()).toBe(1);
    expect(unwritable.output()).toContain('Cannot write the certificate of this run');
    expect(unwritable.output()).not.toContain('    at ');
  });

  it('explains itself, and refuses options', async () => {
    const checkout = await aCheckout();
    const help = checkout.npm('run', 'local', '--', '--help');
    const unknown = checkout.node('local/serve.ts', '--port', '1');
    expect(await help.ended()).toBe(0);
    expect(help.output()).toContain('Usage: npm run local');
    expect(await unknown.ended()).toBe(2);
    expect(unknown.output()).toContain("Unknown option '--port'");
  });
});

describe('whatever way npm ends', { timeout }, () => {
  const commands: [string, (checkout: Checkout) => Running][] = [
    ['npm start', (checkout) => checkout.npm('start')],
    ['npm run local', (checkout) => checkout.npm('run', 'local')],
  ];
  const endings = commands.flatMap(([command, start]) =>
    (['SIGTERM', 'SIGKILL'] as const).map((signal) => [command, signal, start] as const),
  );

  it.each(endings)('%s leaves no process and no port behind: %s', async (_command, signal, start) => {
    const checkout = await aCheckout();
    const run = start(checkout);
    await run.printed(SERVING);
    await endsEverything(run, signal, checkout);
  });

  it('npm start leaves nothing behind if npm is killed while the app is being built', async () => {
    const checkout = await aCheckout();
    const run = checkout.npm('start');
    await run.printed('Building the app');
    await endsEverything(run, 'SIGKILL', checkout);
  });

  async function endsEverything(run: Running, signal: NodeJS.Signals, checkout: Checkout): Promise<void> {
    const processes = hasSignals ? descendants(run.child.pid ?? 0) : [];
    run.child.kill(signal);
    await allFree(checkout);
    await allEnded(processes);
    await run.ended();
  }
});
