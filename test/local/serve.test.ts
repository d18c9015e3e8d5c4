import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aCheckout, type Checkout, caFile } from '../helpers/checkout.ts';
import { isFree } from '../helpers/processes.ts';

const SERVING = 'Press Ctrl-C to stop.';

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

describe('npm run local', () => {
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

  it('says where local.settings.json is broken, in one sentence', async () => {
    const checkout = await aCheckout();
    await writeFile(join(checkout.directory, 'local.settings.json'), '{ "Values": {\n  "A": "1",,\n} }');
    const run = checkout.node('local/serve.ts');
    expect(await run.ended()).toBe(2);
    expect(run.output()).toBe(
      "Starting the stand-ins …\nlocal.settings.json is not JSON: line 2, column 12: invalid character ','. Fix it, or run git restore local.settings.json.\n",
    );
  });

  it('says which port is in use, what may hold it and where to change it, and writes no certificate', async () => {
    const checkout = await aCheckout();
    const port = await occupy(checkout, 'GRAPH_BASE_URL');
    const run = checkout.node('local/serve.ts');
    expect(await run.ended()).toBe(2);
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
      expect(await run.ended()).toBe(2);
      expect(run.output()).toContain(`Port ${port} on localhost is in use`);
      expect(run.output()).toContain(`(${setting})`);
    }
  });

  it('says what to do if .local is a file, or cannot be written to', async () => {
    const checkout = await aCheckout();
    await writeFile(join(checkout.directory, '.local'), '');
    const blocked = checkout.node('local/serve.ts');
    expect(await blocked.ended()).toBe(2);
    expect(blocked.output()).toContain('.local is a file');
    expect(blocked.output()).not.toContain('    at ');

    const other = await aCheckout();
    await mkdir(caFile(other), { recursive: true });
    const unwritable = other.node('local/serve.ts');
    expect(await unwritable.ended()).toBe(2);
    expect(unwritable.output()).toContain('Cannot write the certificate of the stand-ins');
    expect(unwritable.output()).not.toContain('    at ');
  });

  it('explains itself, and refuses options', async () => {
    const checkout = await aCheckout();
    const help = checkout.npm('run', 'local', '--', '--help');
    const unknown = checkout.node('local/serve.ts', '--port', '1');
    expect(await help.ended()).toBe(0);
    expect(help.output()).toContain('npm run local -- [options]');
    expect(await unknown.ended()).toBe(2);
    expect(unknown.output()).toContain('Unknown option "--port".');
  });
});
