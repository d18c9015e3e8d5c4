import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedFaults } from '../../local/namedFaults.ts';
import { aCheckout, caFile } from '../helpers/checkout.ts';
import { allEnded, descendants } from '../helpers/processes.ts';

/** Printed once everything runs. */
const SENDING = 'Sending ';
const hasSignals = process.platform !== 'win32';

/** The places of texts in an output, which must be in this order. */
function expectInOrder(output: string, ...texts: readonly string[]): void {
  const places = texts.map((text) => output.indexOf(text));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
}

describe('npm start', () => {
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
      'Sending 8 sample requests',
    );
    expectInOrder(output, '→ 503', 'attempts 2');
    expectInOrder(output, 'end      waits in the queue', 'The end of: Enable a partner for', '"endOf":');
    for (const outcome of ['applied', 'rejected', 'failed']) expect(output).toContain(`result   ${outcome}`);
    expect(output).toContain('All 8 sample requests ended as expected.');
    for (const path of [caFile(checkout), join(checkout.directory, 'dist')]) {
      expect(existsSync(path)).toBe(false);
    }
  });

  it('with --fault NAME --once shows what comes of valid and invalid requests, and ends with 0, several in one checkout at once', async () => {
    const checkout = await aCheckout();
    const runs = [...namedFaults].map(async ([name, { description, outcome }]) => {
      const run = checkout.node('local/start.ts', '--once', '--fault', name);
      const code = await run.ended();
      return { name, description, outcome, code, output: run.output() };
    });
    for (const { name, description, outcome, code, output } of await Promise.all(runs)) {
      expect({ name, code, output }).toEqual({
        name,
        code: 0,
        output: expect.stringContaining('All 3 sample requests ended as expected.'),
      });
      expect(output).toContain(description);
      if (outcome === 'deadLettered') {
        expect(output).toContain('dead-lettered: MaxDeliveryCountExceeded');
        continue;
      }
      expect(output).toContain(`${description} This fault stays on.`);
      expect(output).toContain(`result   ${outcome}`);
      expect(output).toContain('result   rejected invalidRequest');
    }
  });

  it('that is started a second time says which port is in use, and leaves the first one working', async () => {
    const checkout = await aCheckout();
    const first = checkout.node('local/start.ts');
    await first.printed(SENDING);
    const certificate = await readFile(caFile(checkout), 'utf8');

    const second = checkout.node('local/start.ts');
    expect(await second.ended()).toBe(2);
    expect(second.output()).toMatch(/Port \d+ on localhost is in use\. Is another npm start/);
    expect(second.output()).not.toContain('    at ');

    expect(await readFile(caFile(checkout), 'utf8')).toBe(certificate);
    const partners = checkout.node('cli/epc.mjs', 'partners');
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
    const [help, unknownOption, unknownFault, word] = [
      checkout.npm('start', '--', '--help'),
      checkout.node('local/start.ts', '--twice'),
      checkout.node('local/start.ts', '--fault', '418'),
      checkout.node('local/start.ts', 'now'),
    ] as const;
    expect(await help.ended()).toBe(0);
    expect(help.output()).toContain('npm start -- [options]');
    expect(help.output()).toContain('--once');
    expect(await unknownOption.ended()).toBe(2);
    expect(unknownOption.output()).toContain('Unknown option "--twice".');
    expect(await unknownFault.ended()).toBe(2);
    for (const name of namedFaults.keys()) {
      expect(help.output()).toContain(`\n${name}: `);
      expect(unknownFault.output()).toContain(name);
    }
    expect(unknownFault.output()).toContain('See npm start -- --help');
    expect(await word.ended()).toBe(2);
    expect(word.output()).toContain('Unexpected argument: now.');
  });
});
