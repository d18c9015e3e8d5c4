import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, eventually, startApp } from '../helpers/app.ts';
import { runScript } from '../helpers/command.ts';
import { aPartner, isConnected, RECENT_RESULTS, REQUESTS_QUEUE, RESULTS_TOPIC } from '../helpers/faults.ts';

let app: App;
beforeAll(async () => {
  app = await startApp({}, {}, { takesResults: false });
});
afterAll(() => app.stop());

const deadLetters = (...args: string[]) => runScript('deadLetters', args, app);
const inDeadLetterQueue = () => app.serviceBus.queue(REQUESTS_QUEUE).deadLetters.messages();

/** A request that goes to the dead-letter queue, as if the worker had died on every delivery; returns its number. */
async function aDeadLetter(partner: string, properties: object): Promise<string> {
  await app.stopHost();
  const messageId = await app.send(partner, properties);
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

const answerAbout = (partner: string) =>
  eventually(
    () =>
      app.serviceBus
        .queue(RECENT_RESULTS)
        .messages()
        .map(({ body }) => JSON.parse(String(body)))
        .find(({ request }) => request.externalPartnerId === partner),
    'the answer',
  );

describe('npm run dead-letters', () => {
  it('says so where there are none', async () => {
    expect(await deadLetters()).toEqual({
      code: 0,
      stdout: 'There are no dead letters on external-partner-requests.\n',
      stderr: '',
    });
  });

  it('lists each with its request and reason, and sends a chosen one again, which is then applied and answered', async () => {
    const partner = aPartner(app);
    const number = await aDeadLetter(partner, { enableConnection: true, reference: 'CHG1' });
    const listed = await deadLetters();
    expect(listed.code).toBe(0);
    expect(listed.stdout).toMatch(
      new RegExp(`${number} .*enable ${partner} +CHG1 +MaxDeliveryCountExceeded: The worker died\\. +yes`),
    );
    expect(JSON.parse((await deadLetters('--json')).stdout)).toMatchObject([
      { number, request: { enableConnection: true }, deadLetterReason: 'MaxDeliveryCountExceeded' },
    ]);

    const resent = await deadLetters('resend', number, '--yes');
    expect(resent).toMatchObject({ code: 0, stdout: expect.stringContaining('the reference is still CHG1') });
    expect(inDeadLetterQueue()).toEqual([]);
    await app.startHost();
    const answer = await answerAbout(partner);
    expect(answer).toMatchObject({ outcome: 'applied', reference: 'CHG1' });
    expect(resent.stdout).toContain(`Sent again as ${answer.messageId}`);
    expect(isConnected(app, partner)).toBe(true);
  });

  it('gives back those in front of the chosen one', async () => {
    const [first, second] = [aPartner(app), aPartner(app)];
    const numbers = [
      await aDeadLetter(first, { enableConnection: true }),
      await aDeadLetter(second, { enableConnection: true }),
    ];
    expect((await deadLetters('resend', String(numbers[1]), '--yes')).code).toBe(0);
    expect(inDeadLetterQueue().map(({ state, sessionId }) => [state, sessionId])).toEqual([
      ['active', first],
    ]);
    expect((await deadLetters('resend', String(numbers[0]), '--yes')).code).toBe(0);
  });
});

describe('npm run dead-letters -- resend refuses one', () => {
  async function expectRefused(number: string, why: string): Promise<void> {
    const before = inDeadLetterQueue().length;
    const listed = await deadLetters();
    expect(listed.stdout).toContain(`no: ${why}`);
    const refused = await deadLetters('resend', number, '--yes');
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`Not sent again: ${why}`),
    });
    expect(inDeadLetterQueue()).toHaveLength(before);
  }

  it('that a request has overtaken which waits in the queue', async () => {
    const partner = aPartner(app);
    const number = await aDeadLetter(partner, { enableConnection: true });
    const next = await app.send(partner, { enableConnection: false });
    await expectRefused(number, `the later request ${next} for the same partner waits in the queue`);
  });

  it('that a request has overtaken which was applied', async () => {
    const partner = aPartner(app);
    const number = await aDeadLetter(partner, { enableConnection: true });
    await app.startHost();
    const next = await app.send(partner, { enableConnection: false });
    await answerAbout(partner);
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

  it('that has expired', async () => {
    const validUntil = new Date(Date.now() - 1_000).toISOString();
    const number = await aDeadLetter(aPartner(app), { enableConnection: true, validUntil });
    await expectRefused(number, `it was valid until ${validUntil}`);
  });

  it.each([
    [['resend'], 'Say which one to send again'],
    [['resend', '999999', '--yes'], 'There is no dead letter 999999'],
    [['resend', '1'], 'There is nobody to ask: say --yes'],
    [['purge'], 'Say resend, or nothing to list them, not purge.'],
  ])('%j: that nobody can mean, and says what to type', async (args, message) => {
    const { code, stderr } = await deadLetters(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('that was answered', async () => {
    const partner = aPartner(app);
    const number = await aDeadLetter(partner, { enableConnection: true });
    const [letter] = inDeadLetterQueue().filter(({ sessionId }) => sessionId === partner);
    const answer = {
      outcome: 'applied',
      messageId: letter?.messageId,
      completedAt: '2026-01-31T17:00:01.234Z',
    };
    app.serviceBus.send(RESULTS_TOPIC, {
      body: Buffer.from(JSON.stringify(answer)),
      messageId: randomUUID(),
    });
    await expectRefused(number, 'it was answered applied at 2026-01-31T17:00:01.234Z');
  });
});
