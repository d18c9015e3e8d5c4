import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, eventually, startApp } from '../helpers/app.ts';
import { epc } from '../helpers/command.ts';
import { aPartner, isConnected, RECENT_RESULTS, REQUESTS_QUEUE, RESULTS_TOPIC } from '../helpers/faults.ts';

const TICKETS = `${RESULTS_TOPIC}/Subscriptions/tickets`;

let app: App;
beforeAll(async () => {
  app = await startApp({}, {}, { takesResults: false });
});
afterAll(() => app.stop());

const deadLetters = (...args: string[]) => epc(['dead-letters', ...args], app);
const inDeadLetterQueue = () => app.serviceBus.queue(REQUESTS_QUEUE).deadLetters.messages();

/** A request that goes to the dead-letter queue, as if the worker had died on every delivery; returns its number. */
async function aDeadLetter(
  partner: string,
  properties: object,
  content: Parameters<App['send']>[2] = {},
): Promise<string> {
  await app.stopHost();
  const messageId = await app.send(partner, properties, content);
  const session = await app.client.acceptSession(REQUESTS_QUEUE, partner);
  const [message] = await session.receiveMessages(1, { maxWaitTimeInMs: 5_000 });
  if (!message) throw new Error('The request did not come.');
  await session.deadLetterMessage(message, {
    deadLetterReason: 'MaxDeliveryCountExceeded',
    deadLetterErrorDescription: 'The worker died.',
  });
  await session.close();
  const letter = inDeadLetterQueue().find((one) => one.messageId === messageId);
  return String(letter?.sequenceNumber);
}

const resultAbout = (partner: string) =>
  eventually(
    () =>
      app.serviceBus
        .queue(RECENT_RESULTS)
        .messages()
        .map(({ body }) => JSON.parse(String(body)))
        .find(({ request }) => request?.externalPartnerId === partner),
    'the result',
  );

describe('npx epc dead-letters', () => {
  it('says so if there are none', async () => {
    expect(await deadLetters()).toEqual({
      code: 0,
      stdout: 'There are no dead letters on localhost.\n',
      stderr: '',
    });
    for (const action of ['resend', 'drop']) {
      expect(await deadLetters(action, '--all', '--yes')).toEqual({
        code: 0,
        stdout: '',
        stderr: 'There are no dead letters.\n',
      });
    }
  });

  it('lists each with its request and reason, and sends a chosen one again, which then has a result', async () => {
    const partner = aPartner(app);
    const number = await aDeadLetter(partner, { enableConnection: true, reference: 'CHG1' });
    const listed = await deadLetters();
    expect(listed.code).toBe(0);
    expect(listed.stdout).toMatch(
      new RegExp(
        `^${number}  enable ${partner}, reference CHG1, since \\S+Z.*\n  MaxDeliveryCountExceeded: The worker died\\.\n  Can be sent again\\.\n$`,
      ),
    );
    expect(JSON.parse((await deadLetters('--json')).stdout)).toMatchObject([
      { number, request: { enableConnection: true }, deadLetterReason: 'MaxDeliveryCountExceeded' },
    ]);

    const resent = await deadLetters('resend', number, '--yes');
    expect(resent).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`Sent ${number} again (enable ${partner}, reference CHG1) as `),
    });
    expect(inDeadLetterQueue()).toEqual([]);
    await app.startHost();
    const result = await resultAbout(partner);
    expect(result).toMatchObject({ outcome: 'applied', reference: 'CHG1' });
    expect(resent.stdout).toContain(`as ${result.messageId}, which its result will name`);
    expect(isConnected(app, partner)).toBe(true);
  });

  it('sends one again that expires when it was to expire', async () => {
    const partner = aPartner(app);
    const timeToLive = 3_600_000;
    const number = await aDeadLetter(partner, { enableConnection: true }, { timeToLive });
    expect((await deadLetters('resend', number, '--yes')).code).toBe(0);
    const peeked = await app.client.createReceiver(REQUESTS_QUEUE).peekMessages(100);
    const sent = peeked.find(({ sessionId }) => sessionId === partner);
    expect(sent?.timeToLive).toBeLessThanOrEqual(timeToLive);
    expect(sent?.timeToLive).toBeGreaterThan(0);
  });

  it('gives back those in front of the chosen one, and drops that one after printing it whole', async () => {
    const [first, second] = [aPartner(app), aPartner(app)];
    const numbers = [
      await aDeadLetter(first, { enableConnection: true }),
      await aDeadLetter(second, { enableConnection: true, reason: 'all of it' }),
    ];
    const dropped = await deadLetters('drop', String(numbers[1]), '--yes');
    expect(dropped).toMatchObject({ code: 0, stderr: 'Dropped 1 of 1.\n' });
    expect(JSON.parse(dropped.stdout)).toMatchObject({
      number: numbers[1],
      sessionId: second,
      request: { externalPartnerId: second, enableConnection: true, reason: 'all of it' },
      deadLetterReason: 'MaxDeliveryCountExceeded',
    });
    expect(inDeadLetterQueue().map(({ state, sessionId }) => [state, sessionId])).toEqual([
      ['active', first],
    ]);
    expect((await deadLetters('resend', String(numbers[0]), '--yes')).code).toBe(0);
  });

  it('sends all again, but for those that must not be, and drops all', async () => {
    const [first, second] = [aPartner(app), aPartner(app)];
    await aDeadLetter(first, { enableConnection: true });
    const expired = await aDeadLetter(second, { enableConnection: true, validUntil: '2020-01-01T00:00:00Z' });
    const resent = await deadLetters('resend', '--all', '--yes', '--json');
    expect(resent).toMatchObject({
      code: 1,
      stderr: `Not sent again: ${expired}: its time is over (validUntil 2020-01-01T00:00:00Z).\n`,
    });
    expect(
      resent.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toHaveLength(1);
    expect(inDeadLetterQueue()).toHaveLength(1);
    await aDeadLetter(first, { enableConnection: true });
    const dropped = await deadLetters('drop', '--all', '--yes');
    expect(dropped).toMatchObject({ code: 0, stderr: 'Dropped 2 of 2.\n' });
    expect(
      dropped.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).sessionId),
    ).toEqual([second, first]);
    expect(inDeadLetterQueue()).toEqual([]);
  });

  it.skipIf(!existsSync('/dev/full'))('drops nothing that could not be printed', async () => {
    const number = await aDeadLetter(aPartner(app), { enableConnection: true });
    const child = spawn(process.execPath, ['cli/epc.mjs', 'dead-letters', 'drop', number, '--yes'], {
      env: { ...process.env, ...app.environment },
      stdio: ['ignore', openSync('/dev/full', 'w'), 'ignore'],
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(7);
    expect((await deadLetters('drop', number, '--yes')).code).toBe(0);
  });

  it.each([
    [['resend'], 'Which one? Type its number in the list, or --all.'],
    [['drop'], 'Which one? Type its number in the list, or --all.'],
    [['resend', '1', '--all', '--yes'], 'Type a number or --all, not both.'],
    [['resend', '999999', '--yes'], 'There is no dead letter 999999'],
    [['resend', '1'], 'Cannot ask for confirmation without a terminal; pass --yes.'],
    [['drop', '--all'], 'Cannot ask for confirmation without a terminal; pass --yes.'],
    [['purge'], 'Unknown action "purge". Type resend, drop, or nothing to list them.'],
    [['resned', '1'], 'Unknown action "resned". Did you mean "resend"?'],
  ])('refuses %j and says what to type', async (args, message) => {
    const { code, stdout, stderr } = await deadLetters(...args);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('npx epc dead-letters, for results', () => {
  /** A result that the consumer of tickets gave up; returns its number in the list. */
  async function aDeadResult(reference: string): Promise<string> {
    await app.stopHost();
    await app.startHost();
    const partner = aPartner(app);
    await app.send(partner, { enableConnection: true, reference });
    await resultAbout(partner);
    const receiver = app.client.createReceiver(RESULTS_TOPIC, 'tickets');
    for (let taken = 0; ; taken++) {
      const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 5_000 });
      if (!message) throw new Error(`There is no result for ${reference} among ${taken}.`);
      if (message.body.reference === reference) {
        await receiver.deadLetterMessage(message, {
          deadLetterReason: 'UnknownTicket',
          deadLetterErrorDescription: 'No such ticket.',
        });
        await receiver.close();
        return `tickets/${message.sequenceNumber}`;
      }
      await receiver.completeMessage(message);
    }
  }

  const letters = () => app.serviceBus.queue(TICKETS).deadLetters.messages();

  it('lists those of the subscriptions, and sends one again to every subscription', async () => {
    const number = await aDeadResult('CHG8');
    const { stdout } = await deadLetters();
    expect(stdout).toMatch(
      new RegExp(
        `^${number}  the result of CHG8 \\(applied: enableConnection is true.*\\), since \\S+Z.*\n  UnknownTicket: No such ticket\\.\n  Can be sent again\\.\n`,
        'm',
      ),
    );
    const timesIn = (subscription: string) =>
      app.serviceBus
        .queue(subscription)
        .messages()
        .filter(({ body }) => JSON.parse(String(body)).reference === 'CHG8').length;
    const before = timesIn(RECENT_RESULTS);
    const resent = await deadLetters('resend', number, '--yes');
    expect(resent).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Sent tickets\/\d+ again .* to every/),
    });
    expect(letters()).toEqual([]);
    expect(timesIn(RECENT_RESULTS)).toBe(before + 1);
    expect(timesIn(TICKETS)).toBe(1);
  });

  it('drops one, printed whole', async () => {
    const number = await aDeadResult('CHG9');
    const dropped = await deadLetters('drop', number, '--yes');
    expect(dropped.code).toBe(0);
    expect(JSON.parse(dropped.stdout)).toMatchObject({
      number,
      result: { outcome: 'applied', reference: 'CHG9' },
      deadLetterReason: 'UnknownTicket',
    });
    expect(letters()).toEqual([]);
  });

  it('looks at other subscriptions by name, and says if there is none', async () => {
    const { code, stderr } = await deadLetters('--subscription', 'wiki', '--subscription', 'tickets');
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'There is no subscription wiki.\n' });
  });
});

describe('npx epc dead-letters resend refuses one', () => {
  async function expectRefused(number: string, why: string): Promise<void> {
    const before = inDeadLetterQueue().length;
    const listed = await deadLetters();
    expect(listed.stdout).toContain(`Not to be sent again: ${why}`);
    const refused = await deadLetters('resend', number, '--yes');
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`Not sent again: ${number}: ${why}`),
    });
    expect(inDeadLetterQueue()).toHaveLength(before);
  }

  it('that a request has overtaken which is on the queue', async () => {
    const partner = aPartner(app);
    const number = await aDeadLetter(partner, { enableConnection: true });
    const next = await app.send(partner, { enableConnection: false });
    await expectRefused(number, `the later request ${next} for the same partner is on the queue`);
  });

  it('that a request has overtaken which was applied', async () => {
    const partner = aPartner(app);
    const number = await aDeadLetter(partner, { enableConnection: true });
    await app.startHost();
    const next = await app.send(partner, { enableConnection: false });
    await resultAbout(partner);
    await expectRefused(number, `the request ${next} for the same partner was applied at`);
    expect(isConnected(app, partner)).toBe(false);
  });

  it('that a later dead letter has overtaken, and takes the later one', async () => {
    const partner = aPartner(app);
    const number = await aDeadLetter(partner, { enableConnection: true });
    const later = await aDeadLetter(partner, { enableConnection: false });
    await expectRefused(number, `dead letter ${later} is a later request for the same partner`);
    expect((await deadLetters('resend', later, '--yes')).code).toBe(0);
  });

  it.each(['2020-01-01T00:00:00+01', '2020-01-01 00:00:00,5Z', '2019-12-31T23:59:60Z'])(
    'that has expired: %s',
    async (validUntil) => {
      const number = await aDeadLetter(aPartner(app), { enableConnection: true, validUntil });
      await expectRefused(number, `its time is over (validUntil ${validUntil})`);
    },
  );

  it('that the broker kept for as long as its time to live said', async () => {
    await app.stopHost();
    const partner = aPartner(app);
    await app.send(partner, { enableConnection: true }, { timeToLive: 1 });
    const letter = await eventually(
      () => inDeadLetterQueue().find(({ sessionId }) => sessionId === partner),
      'the dead letter',
    );
    await expectRefused(String(letter.sequenceNumber), 'its time to live ended at ');
  });

  it.each(['value', 'sequence'] as const)('whose body is an AMQP %s', async (bodyType) => {
    const partner = aPartner(app);
    const request = JSON.stringify({ externalPartnerId: partner, enableConnection: true });
    const body = bodyType === 'value' ? request : [request];
    const properties = { groupId: partner, messageId: `amqp-${bodyType}` };
    const message = { bodyType, body, properties, messageId: properties.messageId } as object;
    await expectRefused(await aDeadLetter(partner, {}, message), `its body is an AMQP ${bodyType}`);
  });

  it('that has a result', async () => {
    const partner = aPartner(app);
    const number = await aDeadLetter(partner, { enableConnection: true });
    const [letter] = inDeadLetterQueue().filter(({ sessionId }) => sessionId === partner);
    const result = {
      outcome: 'applied',
      messageId: letter?.messageId,
      request: {},
      attempts: 1,
      deliveryCount: 1,
      completedAt: '2026-01-31T17:00:01.234Z',
      partner: { id: randomUUID(), enableConnection: true },
    };
    app.serviceBus.send(RESULTS_TOPIC, {
      body: Buffer.from(JSON.stringify(result)),
      messageId: randomUUID(),
    });
    await expectRefused(number, 'it has a result: applied at 2026-01-31T17:00:01.234Z');
  });
});
