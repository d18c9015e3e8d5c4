import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  createAssignment,
  graphPrincipal,
  identityPrincipal,
  readPermission,
  writePermission,
} from '../../../local/graph/directory.ts';
import { startGraph } from '../../../local/graph/graph.ts';
import { type Certificates, createCertificates } from '../../../local/http/certificates.ts';
import { call } from '../http/httpClient.ts';

const GRAPH = '/v1.0/servicePrincipals(appId=%2700000003-0000-0000-c000-000000000000%27)';
const IDENTITY = `/v1.0/servicePrincipals/${identityPrincipal.id}`;
const unknownId = '00000000-0000-4000-8000-000000000000';
let tls: Certificates;

beforeAll(async () => {
  tls = await createCertificates();
});

async function start() {
  const graph = await startGraph({ tls });
  onTestFinished(() => graph.close());
  const send = async (method: string, path: string, body?: object) => {
    const { status, headers, text } = await call(graph.url + path, {
      method,
      ca: tls.ca,
      headers: { Authorization: 'Bearer a-token', ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status, headers, text, json: () => JSON.parse(text) };
  };
  return { directory: graph.directory, send };
}

function grant(appRoleId: string | undefined, principalId = identityPrincipal.id) {
  return { principalId, resourceId: graphPrincipal.id, appRoleId };
}

describe('a service principal', () => {
  it('is found by its appId or by its id, and shows what is selected', async () => {
    const { send } = await start();
    expect((await send('GET', GRAPH)).json()).toMatchObject(graphPrincipal);
    const selected = (await send('GET', `${IDENTITY}?$select=id,displayName`)).json();
    expect(Object.keys(selected).sort()).toEqual(['@odata.context', 'displayName', 'id']);
    expect(selected).toMatchObject({ id: identityPrincipal.id, displayName: 'id-local' });
  });

  it('that does not exist is 404', async () => {
    const { send } = await start();
    for (const path of [
      `/v1.0/servicePrincipals/${unknownId}`,
      `/v1.0/servicePrincipals(appId='${unknownId}')`,
    ]) {
      const { status, json } = await send('GET', path);
      expect(status).toBe(404);
      expect(json().error).toMatchObject({
        code: 'Request_ResourceNotFound',
        message: expect.stringContaining(unknownId),
      });
    }
  });
});

describe('the permissions of an identity', () => {
  it('are those that it was granted', async () => {
    const { send } = await start();
    const { json } = await send('GET', `${IDENTITY}/appRoleAssignments`);
    expect(json().value).toEqual([
      {
        id: expect.any(String),
        createdDateTime: expect.stringMatching(/^\d{4}-.*Z$/),
        appRoleId: writePermission.id,
        principalDisplayName: 'id-local',
        principalId: identityPrincipal.id,
        principalType: 'ServicePrincipal',
        resourceDisplayName: 'Microsoft Graph',
        resourceId: graphPrincipal.id,
      },
    ]);
  });

  it('come in pages', async () => {
    const { send, directory } = await start();
    for (let count = 1; count < 250; count++) {
      const role = { ...readPermission, id: randomUUID() };
      directory.appRoleAssignments.push(createAssignment(identityPrincipal, graphPrincipal, role));
    }
    const seen: unknown[] = [];
    const sizes: number[] = [];
    for (let path: string | undefined = `${IDENTITY}/appRoleAssignments`; path && sizes.length < 10; ) {
      const page: { value: unknown[]; '@odata.nextLink'?: string } = (await send('GET', path)).json();
      seen.push(...page.value);
      sizes.push(page.value.length);
      path = page['@odata.nextLink']?.replace(/^https:\/\/[^/]+/, '');
    }
    expect(sizes).toEqual([100, 100, 50]);
    expect(seen).toEqual(directory.appRoleAssignments);
  });

  it('can be added and taken away', async () => {
    const { send, directory } = await start();
    const added = await send('POST', `${GRAPH}/appRoleAssignedTo`, grant(readPermission.id));
    expect(added.status).toBe(201);
    expect(added.json()).toMatchObject({ ...grant(readPermission.id), principalDisplayName: 'id-local' });
    expect(directory.appRoleAssignments).toHaveLength(2);

    const removed = await send('DELETE', `${GRAPH}/appRoleAssignedTo/${added.json().id}`);
    expect([removed.status, removed.text]).toEqual([204, '']);
    expect(directory.appRoleAssignments).toMatchObject([{ appRoleId: writePermission.id }]);
    expect((await send('DELETE', `${GRAPH}/appRoleAssignedTo/${added.json().id}`)).status).toBe(404);
  });

  it.each([
    [
      'one that it has',
      writePermission.id,
      identityPrincipal.id,
      'Permission being assigned already exists on the object',
    ],
    [
      'one that Graph does not define',
      unknownId,
      identityPrincipal.id,
      'Permission being assigned was not found on',
    ],
    ['one for an unknown principal', readPermission.id, unknownId, 'Not a valid reference update.'],
    ['nothing', undefined, identityPrincipal.id, 'Permission being assigned was not found on'],
  ])('are not extended by %s', async (_, appRoleId, principalId, message) => {
    const { send, directory } = await start();
    const { status, json } = await send('POST', `${GRAPH}/appRoleAssignedTo`, grant(appRoleId, principalId));
    expect(status).toBe(400);
    expect(json().error).toMatchObject({
      code: 'Request_BadRequest',
      message: expect.stringContaining(message),
    });
    expect(directory.appRoleAssignments).toHaveLength(1);
  });
});
