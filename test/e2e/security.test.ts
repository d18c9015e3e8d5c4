import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGraph } from '../../local/graph/graph.ts';
import { graphFault, json, redirect } from '../../local/graph/graphFault.ts';
import { createCertificates } from '../../local/http/certificates.ts';
import { type App, startApp } from '../helpers/app.ts';
import { aPartner, isConnected, reasonOf, setFaults } from '../helpers/faults.ts';

/** Pieces of a token, of which none may show: its beginning, and what tells it from other tokens. */
const partsOf = (token: string) => [token.slice(0, 16), token.slice(40, 56), token.slice(-32, -16)];
const everything = (app: App) => JSON.stringify([app.logs, app.results, app.ingestion.envelopes]);

describe('the app', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({ GRAPH_TIMEOUT_SECONDS: '10' });
  });
  afterAll(() => app.stop());

  it('takes neither ids, counts nor sessions from a body or from application properties', async () => {
    const partner = aPartner(app);
    const forged = { deliveryCount: 10, DeliveryCount: 10, messageId: 'forged', sessionId: 'forged' };
    const inBody = await app.request(partner, { enableConnection: true, ...forged });
    expect(inBody).toMatchObject({ outcome: 'rejected', deliveryCount: 1 });
    expect(reasonOf(inBody)).toContain('Unknown property "deliveryCount"');
    const messageId = await app.send(partner, { enableConnection: true }, { applicationProperties: forged });
    expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'applied', messageId, deliveryCount: 1 });
  });

  it.each([
    '../users',
    '..%2fusers',
    'a/b',
    'https://attacker.example/',
    '@attacker.example',
    'b3548526-e615-3785-3118-be70b3968ec5/../x',
    'b3548526-e615-3785-3118-be70b3968ec5?$x',
    'b3548526-e615-3785-3118-be70b3968ec5#',
    'b3548526-e615-3785-3118-be70b3968ec5\n',
    '{b3548526-e615-3785-3118-be70b3968ec5}',
    '１98d7140-80bb-4843-8cc4-811377a49a92',
  ])('makes no call with an id that is not a GUID: %j', async (externalPartnerId) => {
    const before = app.graph.journal.length;
    const result = await app.request(externalPartnerId, { enableConnection: true });
    expect(result).toMatchObject({ outcome: 'rejected', attempts: 0, error: { code: 'invalidRequest' } });
    expect(app.graph.journal).toHaveLength(before);
  });

  it('takes its token nowhere but to Graph, whatever a redirect says', async () => {
    const locations = [`${app.ingestion.url}/stolen`, '//localhost:1/stolen', 'http://localhost:1/stolen'];
    for (const location of locations) {
      const partner = aPartner(app, redirect(location));
      expect(await app.request(partner, { enableConnection: true })).toMatchObject({ outcome: 'failed' });
    }
    expect(app.ingestion.journal.map(({ path }) => path)).not.toContain('/stolen');
  });

  it("takes no response for success that shows another partner, another state or the reader's own fields", async () => {
    const partner = aPartner(app);
    setFaults(
      app,
      partner,
      json(200, { id: randomUUID(), enableConnection: true }),
      json(200, { id: partner, enableConnection: 'true' }),
      json(200, `{"__proto__":{"id":"${partner}","enableConnection":true}}`),
    );
    expect(await app.request(partner, { enableConnection: true })).toMatchObject({ attempts: 4 });
    expect(isConnected(app, partner)).toBe(true);
  });

  it('passes on only what it knows of a response', async () => {
    const partner = aPartner(app);
    setFaults(
      app,
      partner,
      json(200, { id: partner, enableConnection: true, secret: 's3cret', outcome: 'x' }),
    );
    expect(await app.request(partner, { enableConnection: true })).toMatchObject({
      outcome: 'applied',
      partner: { id: partner, enableConnection: true },
    });
    expect(everything(app)).not.toContain('s3cret');
  });

  it('lets no token out through an error of Graph that quotes it', async () => {
    await app.request(aPartner(app), { enableConnection: true });
    const [token = ''] = [...app.identity.issued.keys()].slice(-1);
    const message = `Denied for Bearer ${token} (${token})`;
    const partner = aPartner(app, graphFault(403, token, message));
    const result = await app.request(partner, { enableConnection: true });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: '[redacted]' } });
    expect(reasonOf(result)).toContain('Denied for [redacted] ([redacted])');
    // What is cut to a length may still show a part.
    for (const part of partsOf(token)) expect(everything(app)).not.toContain(part);
  });

  it('writes what a sender wrote into one log line, without what ends or turns a line, and into the record without formulas', async () => {
    const partner = aPartner(app);
    const said = {
      requestedBy: '@SUM(A1)',
      reference: '=HYPERLINK("https://attacker.example")',
      reason: 'a\r\n{"event":"forged"}\u2028\u202e\u061c\u001b[31m',
    };
    const messageId = await app.send(partner, { enableConnection: true, ...said });
    expect(await app.resultOf(messageId)).toMatchObject({ reference: said.reference, request: said });
    const { properties } = await app.eventOf(messageId);
    expect(properties.requestedBy).toBe(`'${said.requestedBy}`);
    expect(properties.reference).toBe(`'${said.reference}`);
    const lines = app.logs.join('').split('\n').filter(Boolean);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('time');
    for (const character of ['\u001b', '\u2028', '\u202e', '\u061c'])
      expect(lines.join('')).not.toContain(character);
  });

  it('turns what Graph and vendors wrote into plain text, and leaves what the requester wrote as it is', async () => {
    const turned = '\u202eA\u2066B\u061c\u001b[2J\u009b\r\n<img onerror=x>';
    const plain = 'AB [2J <img onerror=x>';
    const partner = aPartner(app);
    const shown = { id: partner, enableConnection: true, connectionStatus: turned, statusDetails: turned };
    setFaults(app, partner, json(200, shown), graphFault(400, `C${turned}`, turned));
    const request = { enableConnection: true, reference: turned, reason: turned };
    expect(await app.request(partner, request)).toMatchObject({
      reference: turned,
      request,
      partner: { connectionStatus: plain, statusDetails: plain },
    });
    const refused = await app.request(partner, { enableConnection: true });
    expect(refused).toMatchObject({ error: { code: `C${plain}` } });
    expect(reasonOf(refused)).toContain(`: ${plain}. Graph does not accept`);
    const quoted = await app.request(partner, { enableConnection: turned, [turned]: 1 });
    expect(reasonOf(quoted)).toMatch(/^[\x20-\x7e…]+$/);
  });

  it('keeps the text of a body that it could not read out of log and record', async () => {
    const partner = aPartner(app);
    const body = Buffer.from(`${'x'.repeat(100)} jane@contoso.example`);
    const messageId = await app.send(partner, {}, { body });
    expect(await app.resultOf(messageId)).toMatchObject({ request: body.toString() });
    await app.eventOf(messageId);
    expect(JSON.stringify([app.logs, app.ingestion.envelopes])).not.toContain('jane@contoso.example');
  });
});

describe('a server that only pretends to be Graph', () => {
  it('gets neither a token nor a request, because its certificate is not trusted', async () => {
    const forged = await startGraph({ tls: await createCertificates() });
    const settings = { GRAPH_BASE_URL: forged.url, RETRY_BUDGET_SECONDS: '1', MAX_DELIVERY_COUNT: '1' };
    const app = await startApp(settings, { requestsQueue: { maxDeliveryCount: 1 } });
    try {
      const result = await app.request(aPartner(app), { enableConnection: true });
      expect(result).toMatchObject({ outcome: 'failed', error: { code: 'networkError' } });
      expect(reasonOf(result)).toMatch(/SELF_SIGNED_CERT|UNABLE_TO_VERIFY|certificate/);
      expect(forged.journal).toEqual([]);
    } finally {
      await app.stop();
      await forged.close();
    }
  });
});

describe('an app with a list of allowed partners', () => {
  it('refuses any other partner, however its id is written, without a call', async () => {
    const allowed = randomUUID();
    const app = await startApp({ ALLOWED_EXTERNAL_PARTNER_IDS: allowed });
    try {
      const other = aPartner(app);
      for (const id of [other, other.toUpperCase()]) {
        const result = await app.request(id, { enableConnection: true });
        expect(result).toMatchObject({ outcome: 'rejected', attempts: 0, error: { code: 'notAllowed' } });
      }
      const inAllowedSession = await app.request(other, { enableConnection: true }, { sessionId: allowed });
      expect(inAllowedSession).toMatchObject({ error: { code: 'sessionIdMismatch' } });
      expect(app.graph.journal).toEqual([]);
    } finally {
      await app.stop();
    }
  });
});
