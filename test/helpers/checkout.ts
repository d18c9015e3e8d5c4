import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import local from '../../local.settings.json' with { type: 'json' };

type SettingName = keyof typeof local.Values;

/** A process that runs in a checkout. */
export type Running = {
  readonly child: ChildProcess;
  /** What it has printed so far, on both streams. */
  output(): string;
  /** Waits until it has printed a text. */
  printed(text: string): Promise<void>;
  /** Waits for its end; gives the exit code, or null if a signal ended it. */
  ended(): Promise<number | null>;
};

export type Checkout = {
  readonly directory: string;
  /** The ports in its local.settings.json. */
  readonly ports: ReadonlyMap<SettingName, number>;
  /** Runs a script file with this Node. */
  node(script: string, ...args: readonly string[]): Running;
  /** Runs npm, as a person does. */
  npm(...args: readonly string[]): Running;
};

/** To build the app takes long on a busy machine. */
const PRINTED_TIMEOUT_MS = 120_000;

const copied = ['cli', 'functions', 'local', 'scripts', 'shared', 'host.json', 'package.json'];
const withAddress = [
  'ServiceBusConnection',
  'SERVICE_BUS_HTTP_URL',
  'GRAPH_BASE_URL',
  'IDENTITY_ENDPOINT',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'RESOURCE_MANAGER_URL',
  'LOG_ANALYTICS_URL',
  'AzureWebJobsStorage__blobServiceUri',
] as const satisfies readonly SettingName[];

/**
 * A copy of what the commands need, with ports of its own in local.settings.json, so that tests disturb neither each
 * other nor a person's `npm start`. It is removed, and what runs in it ended, when the test has finished.
 */
export async function aCheckout(): Promise<Checkout> {
  const directory = await mkdtemp(join(tmpdir(), 'checkout-'));
  const running = new Set<ChildProcess>();
  onTestFinished(async () => {
    for (const child of running) {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });

  for (const name of copied) await cp(name, join(directory, name), { recursive: true });
  await symlink(resolve('node_modules'), join(directory, 'node_modules'), 'junction');
  const ports = await freePorts();
  let settings = await readFile('local.settings.json', 'utf8');
  for (const [name, port] of ports) {
    const address = local.Values[name];
    settings = settings.replace(address, address.replace(/:\d+/, `:${port}`));
  }
  await writeFile(join(directory, 'local.settings.json'), settings);

  function start(command: string, args: readonly string[]): Running {
    const child = spawn(command, args, {
      cwd: directory,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && command === 'npm',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output += data));
    const closed = once(child, 'close').then(([code]) => {
      running.delete(child);
      return code as number | null;
    });
    running.add(child);
    return {
      child,
      output: () => output,
      async printed(text) {
        const deadline = Date.now() + PRINTED_TIMEOUT_MS;
        while (!output.includes(text)) {
          if (Date.now() > deadline) throw new Error(`Waited in vain for "${text}" in: ${output}`);
          await sleep(20);
        }
      },
      ended: () => closed,
    };
  }

  return {
    directory,
    ports,
    node: (script, ...args) => start(process.execPath, [script, ...args]),
    npm: (...args) => start('npm', args),
  };
}

/** Where a run of the commands leaves the certificate of its authority. */
export const caFile = ({ directory }: Checkout) => join(directory, '.local', 'ca.pem');

/** Without what npm tells the scripts that it runs, these tests among them. */
function environment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => !/^npm_(config|lifecycle)_/i.test(name)));
}

async function freePorts(): Promise<Map<(typeof withAddress)[number], number>> {
  const servers = withAddress.map((name) => ({ name, server: createServer().listen(0, 'localhost') }));
  const ports = new Map<(typeof withAddress)[number], number>();
  for (const { name, server } of servers) {
    if (!server.listening) await once(server, 'listening');
    ports.set(name, (server.address() as AddressInfo).port);
  }
  for (const { server } of servers) {
    server.close();
    await once(server, 'close');
  }
  return ports;
}
