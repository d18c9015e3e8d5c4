import { describe, it } from 'vitest';
import { aCheckout, type Checkout, type Running } from '../helpers/checkout.ts';
import { allEnded, allFree, descendants } from '../helpers/processes.ts';

describe('whatever way npm ends', () => {
  /** Each command, with what it prints once everything runs. */
  const commands = [
    ['npm start', ['start'], 'Sending '],
    ['npm run local', ['run', 'local'], 'Press Ctrl-C to stop.'],
  ] as const;
  const endings = commands.flatMap(([command, args, text]) =>
    (['SIGTERM', 'SIGKILL'] as const).map((signal) => [command, signal, args, text] as const),
  );

  it.each(endings)('%s leaves no process and no port behind: %s', async (_command, signal, args, text) => {
    const checkout = await aCheckout();
    const run = checkout.npm(...args);
    await run.printed(text);
    await endsEverything(run, signal, checkout);
  });

  it('npm start leaves nothing behind if npm is killed while the app is being built', async () => {
    const checkout = await aCheckout();
    const run = checkout.npm('start');
    await run.printed('Building the app');
    await endsEverything(run, 'SIGKILL', checkout);
  });

  async function endsEverything(run: Running, signal: NodeJS.Signals, checkout: Checkout): Promise<void> {
    const processes = descendants(run.child.pid ?? 0);
    run.child.kill(signal);
    await allFree(checkout);
    await allEnded(processes);
    await run.ended();
  }
});
