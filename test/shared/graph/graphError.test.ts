import { describe, expect, it } from 'vitest';
import { readGraphError } from '../../../shared/graph/graphError.ts';

const errorOf = (status: number, body: unknown) =>
  readGraphError(status, typeof body === 'string' ? body : JSON.stringify(body));

describe('an error response', () => {
  it.each([
    [{ error: { code: 'BadRequest', message: 'No such property.' } }, 'BadRequest', 'No such property'],
    [{ error: { code: '', message: 'No code.' } }, 'http400', 'No code'],
    [{ 'odata.error': { code: 'Old', message: { lang: 'en', value: 'OData 3.' } } }, 'Old', 'OData 3'],
    [
      { error: 'unsupported_grant_type', error_description: 'AADSTS70003: not supported.' },
      'unsupported_grant_type',
      'AADSTS70003: not supported',
    ],
    [{ Message: 'An error has occurred.' }, 'http400', 'An error has occurred'],
    [{ statusCode: 400, message: 'Gateway says no.' }, 'http400', 'Gateway says no'],
    [
      { type: 'about:blank', title: 'Bad Request', detail: 'The id is odd.', status: 400 },
      'http400',
      'The id is odd',
    ],
    [{ title: 'Bad Request' }, 'http400', 'Bad Request'],
    [{ errors: { id: ['odd'] } }, 'http400', '{"errors":{"id":["odd"]}}'],
    [{ error: { code: 7, message: {} } }, 'http400', '{"error":{"code":7,"message":{}}}'],
    [
      { error: { code: ' ', message: '\n' }, code: 'Outer', message: 'Outer text. \n' },
      'Outer',
      'Outer text',
    ],
    ['The service is having lunch.\n', 'http400', 'The service is having lunch'],
    ['"Quoted text"', 'http400', 'Quoted text'],
    [
      {
        error: {
          code: 'invalidRequest',
          message: 'The request is not valid.',
          details: [
            { code: 'unknownProperty', target: 'enable', message: 'There is no property enable.' },
            { code: 'unknownProperty', message: 'The request is not valid.' },
            { code: 'noMessage' },
            null,
            { Message: 'The service is read-only' },
          ],
          innerError: { date: '2026-01-01T00:00:00', message: 'ModelValidationFailed: enable' },
        },
      },
      'invalidRequest',
      'The request is not valid. There is no property enable. The service is read-only. ModelValidationFailed: enable',
    ],
    [
      { error: { code: 'odd', details: [{ message: 'Only here.' }], innererror: 'none' } },
      'odd',
      'Only here',
    ],
    [
      {
        error: {
          code: 'odd',
          message: 'Many.',
          details: Array.from({ length: 9 }, (_, n) => ({ message: `${n}` })),
        },
      },
      'odd',
      'Many. 0. 1. 2. 3. 4',
    ],
    [
      '<script>if (a < b) "<p>"</script>One<STYLE >p {}</STYLE > two <img alt="three" <b>four</b><script>five',
      'http400',
      'One two <img alt="three" four',
    ],
    [
      '<html><head><title>400<style>p {}</style>Bad</title></head><body><p>Blocked by\n the proxy</p></body>',
      'http400',
      '400 Bad Blocked by the proxy',
    ],
  ])('%j is told in its own words', (body, code, words) => {
    const error = errorOf(400, body);
    expect(error.code).toBe(code);
    const known = code === 'http400' ? '' : ` ${code}`;
    expect(error.message).toBe(
      `Graph responded with 400${known}: ${words}. Graph does not accept this request.`,
    );
    expect(error.statusCode).toBe(400);
  });

  it('that has only a code is told by it', () => {
    expect(errorOf(400, { error: { code: 'BadRequest' } }).message).toBe(
      'Graph responded with 400 BadRequest. Graph does not accept this request.',
    );
  });

  it('without a body says its status and what to do', () => {
    expect(errorOf(404, '').message).toMatch(/^Graph responded with 404\. No external partner has this id/);
    expect(errorOf(503, '')).toEqual({
      code: 'http503',
      message: 'Graph responded with 503',
      statusCode: 503,
    });
  });

  it('is quoted in part only', () => {
    const { message } = errorOf(500, `<p>${'\u{1F600}'.repeat(50_000)}</p>`);
    expect(Array.from(message).length).toBeLessThan(400);
    expect(message.isWellFormed()).toBe(true);
    expect(message).toMatch(/…$/);
  });

  it('says what to do after the longest message as well', () => {
    const { message } = errorOf(404, { error: { code: 'NotFound', message: 'x'.repeat(10_000) } });
    expect(message).toMatch(/^Graph responded with 404 NotFound: x{640}…. No external partner has this id/);
  });

  it('has a code of 128 characters at most, whole ones', () => {
    const { code } = errorOf(400, { error: { code: `${'x'.repeat(127)}\u{1F600}y`, message: 'No.' } });
    expect(code).toBe(`${'x'.repeat(127)}\u{1F600}`);
  });

  it('loses what looks like a token', () => {
    const { message } = errorOf(403, {
      error: { code: 'Forbidden', message: 'Denied\nfor Bearer eyJhbGciOi.eyJzdWIiOi.c2ln' },
    });
    expect(message).toContain('Graph responded with 403 Forbidden: Denied for [redacted]');
  });
});

describe('a 403', () => {
  const grant = 'Grant the application permission CloudPC.ReadWrite.All';

  it.each([
    '',
    { error: { code: 'Forbidden', message: '' } },
    { error: { code: 'Authorization_RequestDenied', message: 'Insufficient privileges to complete it.' } },
    { error: { code: 'UnknownError', message: 'Missing role permissions on the request.' } },
    { error: { code: 'accessDenied', message: 'Access denied' } },
    { error: { code: 'x', message: 'The caller is not authorized.' } },
    { error: { code: 'x', message: 'The caller is not authorised.' } },
  ])('that may be about the permission says what to grant: %j', (body) => {
    expect(errorOf(403, body).message).toContain(grant);
  });

  it.each([
    { error: { code: 'Forbidden', message: 'The tenant has no Windows 365 license.' } },
    { error: { code: 'Forbidden', message: 'User is not authorized: no valid licence.' } },
    { error: { code: 'Forbidden', message: 'Blocked by Conditional Access.' } },
    { error: { code: 'TenantBlocked', message: 'The tenant is being moved.' } },
  ])('that names another reason says that reason alone: %j', (body) => {
    const { message } = errorOf(403, body);
    expect(message).toContain(body.error.message);
    expect(message).not.toContain(grant);
  });
});
