import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startBlobStorage } from '../../../local/blobStorage/blobStorage.ts';
import {
  operationTimedOut,
  permissionMismatch,
  serverBusy,
} from '../../../local/blobStorage/storageFault.ts';
import { type Certificates, createCertificates } from '../../../local/http/certificates.ts';
import { inOrder } from '../../../local/http/fault.ts';
import { call } from '../http/httpClient.ts';

let tls: Certificates;

beforeAll(async () => {
  tls = await createCertificates();
});

type Options = { method?: string; headers?: Record<string, string | undefined>; body?: string };

/** A storage account with one container, `windows`, and a way to send requests to it with a good token. */
async function start() {
  const storage = await startBlobStorage({
    tls,
    containers: ['windows'],
    acceptToken: (token) => token === 'good',
  });
  onTestFinished(() => storage.close());
  const send = async (path: string, { method = 'GET', headers = {}, body }: Options = {}) => {
    const wanted = { Authorization: 'Bearer good', 'x-ms-version': '2026-02-06', ...headers };
    const sent = Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const response = await call(storage.url + path, {
      method,
      ca: tls.ca,
      headers: Object.fromEntries(sent),
      ...(body !== undefined && { body }),
    });
    return { ...response, code: response.headers['x-ms-error-code'] };
  };
  const put = (path: string, body: string, headers: Options['headers'] = {}) =>
    send(path, {
      method: 'PUT',
      headers: { 'x-ms-blob-type': 'BlockBlob', 'Content-Length': String(body.length), ...headers },
      body,
    });
  return { storage, send, put };
}

describe('the local Blob Storage', () => {
  it('gives back what was written, whatever the name', async () => {
    const { send, put } = await start();
    const written = await put('/windows/a%20b/%C3%A4', '{}', { 'Content-Type': 'application/json' });
    const read = await send('/windows/a%20b/%C3%A4', { headers: { 'x-ms-client-request-id': 'r1' } });

    expect(written).toMatchObject({ status: 201, text: '' });
    expect(read).toMatchObject({
      status: 200,
      text: '{}',
      headers: {
        etag: written.headers.etag,
        'content-type': 'application/json',
        'content-length': '2',
        'x-ms-blob-type': 'BlockBlob',
        'x-ms-version': '2026-02-06',
        'x-ms-client-request-id': 'r1',
      },
    });
    expect(read.headers['last-modified']).toMatch(/ GMT$/);
    expect(await send('/windows/a%20b/%C3%A4', { method: 'HEAD' })).toMatchObject({
      status: 200,
      text: '',
      headers: { etag: written.headers.etag, 'content-length': '2' },
    });
  });

  it('says in header and body which blob or container is missing', async () => {
    const { send } = await start();
    const missing = await send('/windows/a');
    expect(missing).toMatchObject({
      status: 404,
      code: 'BlobNotFound',
      headers: { 'content-type': 'application/xml' },
    });
    expect(missing.text).toMatch(
      /^\uFEFF<\?xml version="1.0" encoding="utf-8"\?><Error><Code>BlobNotFound<\/Code><Message>The specified blob does not exist.\nRequestId:[-\w]+\nTime:\S+Z<\/Message><\/Error>$/,
    );
    expect(missing.text).toContain(missing.headers['x-ms-request-id']);
    expect(await send('/windows/a', { method: 'DELETE' })).toMatchObject({ code: 'BlobNotFound' });
    expect(await send('/other/a')).toMatchObject({ status: 404, code: 'ContainerNotFound' });
    expect(await send('/windows/a', { method: 'HEAD' })).toMatchObject({
      status: 404,
      code: 'BlobNotFound',
      text: '',
    });
  });

  it('writes a blob only if it is the one that the writer has seen', async () => {
    const { send, put } = await start();
    const first = await put('/windows/a', '1');
    const second = await put('/windows/a', '2', { 'If-Match': first.headers.etag });
    expect(second.status).toBe(201);
    expect(second.headers.etag).not.toBe(first.headers.etag);

    expect(await put('/windows/a', '3', { 'If-Match': first.headers.etag })).toMatchObject({
      status: 412,
      code: 'ConditionNotMet',
    });
    expect(await put('/windows/b', '3', { 'If-Match': first.headers.etag })).toMatchObject({ status: 412 });
    expect(await put('/windows/b', '3', { 'If-Match': '*' })).toMatchObject({ status: 412 });
    expect(
      await send('/windows/a', { method: 'DELETE', headers: { 'If-Match': first.headers.etag } }),
    ).toMatchObject({ status: 412, code: 'ConditionNotMet' });
    expect((await send('/windows/a')).text).toBe('2');
  });

  it('writes a blob only if there is none', async () => {
    const { send, put } = await start();
    const none = { 'If-None-Match': '*' };
    expect((await put('/windows/a', '1', none)).status).toBe(201);
    expect(await put('/windows/a', '2', none)).toMatchObject({ status: 409, code: 'BlobAlreadyExists' });

    expect((await send('/windows/a', { method: 'DELETE' })).status).toBe(202);
    expect((await put('/windows/a', '3', none)).status).toBe(201);
  });

  it('reads a blob only if it has changed, or has not', async () => {
    const { send, put } = await start();
    const { headers } = await put('/windows/a', '1');
    const get = (condition: Record<string, string | undefined>) => send('/windows/a', { headers: condition });
    const modified = headers['last-modified'];

    expect(await get({ 'If-None-Match': headers.etag })).toMatchObject({ status: 304, text: '' });
    expect(await get({ 'If-None-Match': '"other"' })).toMatchObject({ status: 200 });
    expect(await get({ 'If-Match': '"other"' })).toMatchObject({ status: 412, code: 'ConditionNotMet' });
    expect(await get({ 'If-Match': headers.etag })).toMatchObject({ status: 200 });
    expect(await get({ 'If-Modified-Since': modified })).toMatchObject({ status: 304 });
    expect(await get({ 'If-Unmodified-Since': modified })).toMatchObject({ status: 200 });
    expect(await get({ 'If-Unmodified-Since': new Date(0).toUTCString() })).toMatchObject({ status: 412 });
  });

  it.each([
    ['no token', { Authorization: undefined }, 401, 'NoAuthenticationInformation'],
    ['a token that is not good', { Authorization: 'Bearer bad' }, 401, 'InvalidAuthenticationInfo'],
    ['an account key', { Authorization: 'SharedKey account:signature' }, 403, 'AuthenticationFailed'],
    ['no version', { 'x-ms-version': undefined }, 403, 'AuthenticationFailed'],
    ['a version from before tokens', { 'x-ms-version': '2016-05-31' }, 403, 'AuthenticationFailed'],
    ['a version that is not a date', { 'x-ms-version': 'latest' }, 400, 'InvalidHeaderValue'],
  ])('refuses a request with %s', async (_, headers, status, code) => {
    const { storage, send } = await start();
    const response = await send('/windows/a', { method: 'PUT', headers, body: '1' });
    expect(response).toMatchObject({ status, code });
    if (status === 401) expect(response.headers['www-authenticate']).toMatch(/storage\.azure\.com$/);
    expect(storage.containers.get('windows')?.size).toBe(0);
  });

  it.each([
    ['the type of the blob', { 'x-ms-blob-type': undefined }, 400, 'MissingRequiredHeader'],
    ['a type that there is', { 'x-ms-blob-type': 'blockblob' }, 400, 'InvalidHeaderValue'],
    [
      'a length',
      { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' },
      411,
      'MissingContentLengthHeader',
    ],
  ])('refuses to write without %s', async (_, headers, status, code) => {
    const { storage, put } = await start();
    expect(await put('/windows/a', '1', headers)).toMatchObject({ status, code });
    expect(storage.containers.get('windows')?.size).toBe(0);
  });

  it('lists blobs by name, with a prefix and in pages', async () => {
    const { send, put } = await start();
    for (const name of ['b', 'a%3C1%3E', 'a2', 'c']) await put(`/windows/${name}`, '1');
    const list = async (query: string) => {
      const { status, text } = await send(`/windows?restype=container&comp=list${query}`);
      const namesIn = [...text.matchAll(/<Name>(.*?)<\/Name>/g)].map(([, name]) => name);
      return { status, namesIn, next: /<NextMarker>(.*)<\/NextMarker>/.exec(text)?.[1] };
    };

    expect(await list('')).toEqual({ status: 200, namesIn: ['a2', 'a&#60;1&#62;', 'b', 'c'], next: '' });
    expect(await list('&prefix=a')).toMatchObject({ namesIn: ['a2', 'a&#60;1&#62;'] });
    const { namesIn, next } = await list('&maxresults=3');
    expect(namesIn).toHaveLength(3);
    expect(await list(`&maxresults=3&marker=${next}`)).toMatchObject({ namesIn: ['c'], next: '' });
    expect(await send('/windows?restype=container&comp=list&maxresults=0')).toMatchObject({
      status: 400,
      code: 'OutOfRangeQueryParameterValue',
    });
  });

  it('says of what it does not do that it does not', async () => {
    const { send } = await start();
    expect(await send('/windows/a?comp=metadata', { method: 'PUT' })).toMatchObject({ status: 501 });
    expect(await send('/other?restype=container', { method: 'PUT' })).toMatchObject({ status: 501 });
    expect(await send('/windows/%E4')).toMatchObject({ status: 400, code: 'InvalidUri' });
  });

  it('has faults, and a journal of both', async () => {
    const { storage, put } = await start();
    storage.fault = inOrder(serverBusy(), operationTimedOut({ apply: true }), permissionMismatch());

    expect(await put('/windows/a', '1')).toMatchObject({ status: 503, code: 'ServerBusy' });
    expect(storage.containers.get('windows')?.size).toBe(0);
    expect(await put('/windows/a', '2')).toMatchObject({ status: 500, code: 'OperationTimedOut' });
    expect(String(storage.containers.get('windows')?.get('a')?.content)).toBe('2');
    expect(await put('/windows/a', '3')).toMatchObject({
      status: 403,
      code: 'AuthorizationPermissionMismatch',
    });
    await put('/windows/a', '4', { 'If-None-Match': '*' });

    expect(storage.journal).toMatchObject([
      { method: 'PUT', container: 'windows', blob: 'a', status: 503, fault: 'response' },
      { status: 500, fault: 'response' },
      { status: 403, fault: 'response' },
      { status: 409, errorCode: 'BlobAlreadyExists' },
    ]);
  });
});
