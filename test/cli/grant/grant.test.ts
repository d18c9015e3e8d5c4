import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createAssignment,
  graphPrincipal,
  identityPrincipal,
  readPermission,
  writePermission,
} from '../../../local/graph/directory.ts';
import {
  forbidden,
  graphFault,
  serviceUnavailable,
  throttled,
  unauthorized,
} from '../../../local/graph/graphFault.ts';
import { always, inOrder, when } from '../../../local/http/fault.ts';
import type { HttpRequest } from '../../../local/http/httpRequest.ts';
import { type StandIns, startStandIns } from '../../../local/standIns.ts';
import { epc } from '../../helpers/command.ts';

const PERMISSION = 'CloudPC.ReadWrite.All';
const { id: principalId } = identityPrincipal;
const who = `id-local (${principalId})`;

let directory: string;
let standIns: StandIns;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'external-partner-'));
  standIns = await startStandIns({ directory });
});
afterAll(async () => {
  await standIns?.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  standIns.graph.fault = undefined;
  standIns.graph.directory.appRoleAssignments.length = 0;
});

const grant = (...args: string[]) => epc(['grant', '--principal', principalId, ...args], standIns);
const isGrant = ({ method }: HttpRequest) => method === 'POST';
const granted = () =>
  standIns.graph.directory.appRoleAssignments.map(({ principalId, resourceId, appRoleId }) => ({
    principalId,
    resourceId,
    appRoleId,
  }));
const isThere = [{ principalId, resourceId: graphPrincipal.id, appRoleId: writePermission.id }];

describe('npx epc grant', () => {
  it('grants the permission once, however often it runs', async () => {
    const first = await grant();
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(`Granted ${PERMISSION} of Microsoft Graph to ${who}.`);
    expect(first.stdout).toContain('up to 24 hours');
    expect(granted()).toEqual(isThere);

    const second = await grant();
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toBe(`${who} has the permission ${PERMISSION} of Microsoft Graph.\n`);
    expect(granted()).toEqual(isThere);
  });

  it('takes the identity from azd', async () => {
    const environment = { ...standIns.environment, IDENTITY_PRINCIPAL_ID: principalId };
    expect(await epc(['grant'], { environment })).toMatchObject({ code: 0 });
    expect(granted()).toEqual(isThere);
  });

  it('with --check says whether it is there, and changes nothing', async () => {
    const missing = await grant('--check');
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain(`${who} does not have the permission`);
    expect(granted()).toEqual([]);

    await grant();
    expect(await grant('--check')).toMatchObject({ code: 0, stderr: '' });
  });

  it('with --revoke takes it back, and leaves other permissions alone', async () => {
    const { appRoleAssignments } = standIns.graph.directory;
    const other = createAssignment(identityPrincipal, graphPrincipal, readPermission);
    appRoleAssignments.push(other);
    await grant();
    expect(appRoleAssignments).toHaveLength(2);
    expect(await grant('--revoke')).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^Took /),
    });
    expect(appRoleAssignments).toEqual([other]);
    expect((await grant('--revoke')).stdout).toContain('There is nothing to take back.');
  });

  it('without the right says which role it takes, what an administrator types, and what to do then', async () => {
    standIns.graph.fault = when(isGrant, always(forbidden()));
    const { code, stdout, stderr } = await grant();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Insufficient privileges to complete the operation.');
    expect(stderr).toContain('Privileged Role Administrator');
    expect(stderr).toContain('AppRoleAssignment.ReadWrite.All and Application.Read.All');
    expect(stderr).toContain(`npx epc grant --principal ${principalId}\n`);
    expect(stderr).toContain(`azd up again, or look with npx epc grant --principal ${principalId} --check.`);
    expect(granted()).toEqual([]);
  });

  it('gives the administrator a call of Graph that grants the permission', async () => {
    standIns.graph.fault = when(isGrant, always(forbidden()));
    const { stderr } = await grant();
    const [, url, body] =
      /az rest --method POST --url '(\S+)' --headers Content-Type=application\/json --body '(.+)'/.exec(
        stderr,
      ) ?? [];
    standIns.graph.fault = undefined;
    const { href } = new URL(url ?? '');
    expect(href).toBe(`${standIns.graph.url}/v1.0/servicePrincipals/${graphPrincipal.id}/appRoleAssignedTo`);
    expect(JSON.parse(body ?? '')).toEqual(isThere[0]);
  });

  it('without the right to take it back gives the administrator the call that does', async () => {
    await grant();
    const [assignment] = standIns.graph.directory.appRoleAssignments;
    standIns.graph.fault = when(({ method }) => method === 'DELETE', always(forbidden()));
    const { code, stderr } = await grant('--revoke');
    expect(code).toBe(1);
    expect(stderr).toContain(`npx epc grant --principal ${principalId} --revoke\n`);
    expect(stderr).toContain(
      `az rest --method DELETE --url '${standIns.graph.url}/v1.0/servicePrincipals/${graphPrincipal.id}/appRoleAssignedTo/${assignment?.id}'`,
    );
    expect(granted()).toEqual(isThere);
  });

  it.each([
    [['--check'], 'Directory Readers'],
    [[], 'Privileged Role Administrator'],
  ])('without the right to look says who has it: %j', async (args, role) => {
    standIns.graph.fault = always(forbidden());
    const { code, stderr } = await grant(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(role);
    expect(stderr).not.toContain('az rest');
  });

  it('says that there is no such identity, and which id to pass', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000';
    const { code, stderr } = await epc(['grant', '--check', '--principal', unknown], standIns);
    expect(code).toBe(1);
    expect(stderr).toContain(`No identity in the tenant has the principal id ${unknown}.`);
    expect(stderr).toContain('not its client id');
  });

  it('waits for a new identity, which Graph does not know everywhere at once', async () => {
    const late = graphFault(404, 'Request_ResourceNotFound', 'Resource does not exist.');
    const later = graphFault(400, 'Request_BadRequest', 'Not a valid reference update.');
    const looks = inOrder(late);
    const grants = inOrder(later);
    standIns.graph.fault = (request) => {
      if (request.path.includes(`/${principalId}?`)) return looks(request);
      return isGrant(request) ? grants(request) : undefined;
    };
    const { code, stderr } = await grant();
    expect(code).toBe(0);
    expect(stderr).toBe('Microsoft Graph does not know this identity. A new one takes a moment …\n');
    expect(granted()).toEqual(isThere);
  });

  it('waits as long as Graph asks when it throttles', async () => {
    const before = standIns.graph.journal.length;
    standIns.graph.fault = inOrder(throttled('3'), serviceUnavailable());
    const { code, stderr } = await grant();
    expect(code).toBe(0);
    expect(stderr).toContain('is busy; trying again in 3 s …');
    const [first, second] = standIns.graph.journal.slice(before);
    expect((second?.receivedAt ?? 0) - (first?.respondedAt ?? Number.NaN)).toBeGreaterThanOrEqual(3000);
    expect(granted()).toEqual(isThere);
  });

  it('finds the permission among hundreds of others', async () => {
    await grant();
    const { appRoleAssignments } = standIns.graph.directory;
    for (let count = 0; count < 150; count++) {
      const role = { ...readPermission, id: `other-${count}` };
      appRoleAssignments.unshift(createAssignment(identityPrincipal, graphPrincipal, role));
    }
    expect(await grant('--check')).toMatchObject({ code: 0 });
  });

  it('takes it for granted if someone else was faster', async () => {
    const exists = graphFault(
      400,
      'Request_BadRequest',
      'Permission being assigned already exists on the object',
    );
    standIns.graph.fault = when(isGrant, always(exists));
    expect(await grant()).toMatchObject({
      code: 0,
      stdout: `${who} has the permission ${PERMISSION} of Microsoft Graph.\n`,
    });
  });

  it('with --json prints one object, and says in words what is wrong', async () => {
    const common = { permission: PERMISSION, principalId };
    const first = await grant('--json');
    expect(JSON.parse(first.stdout)).toEqual({
      ...common,
      displayName: 'id-local',
      isGranted: true,
      isChanged: true,
    });
    standIns.graph.directory.appRoleAssignments.length = 0;
    standIns.graph.fault = when(isGrant, always(forbidden()));
    const refused = await grant('--json');
    expect(JSON.parse(refused.stdout)).toEqual({
      ...common,
      problem: 'refused',
      message: 'Insufficient privileges to complete the operation.',
    });
    expect(refused.stderr).toContain('Privileged Role Administrator');
  });

  it('says what else Graph responds with, and no token', async () => {
    standIns.graph.fault = always(unauthorized());
    const { code, stderr } = await grant();
    expect(code).toBe(5);
    expect(stderr).toContain('the local Graph responded with 401: ');
    for (const token of standIns.identity.issued.keys()) expect(stderr).not.toContain(token);
  });

  it('says so if nothing listens', async () => {
    const environment = { ...standIns.environment, GRAPH_BASE_URL: 'https://localhost:1' };
    const { code, stderr } = await epc(['grant', '--principal', principalId], { environment });
    expect(code).toBe(5);
    expect(stderr).toContain('Is `npm start` or `npm run local` running?');
  });

  it.each([
    [[], 'Which identity? Pass --principal'],
    [['--principal', 'x'], '--principal is x; write a principal id'],
    [['--principal', principalId, '--check', '--revoke'], '--check and --revoke do not go together.'],
    [
      ['--principal', principalId, '--graph', 'https://attacker.example'],
      '--graph is https://attacker.example; write https://graph.microsoft.com or',
    ],
  ])('refuses %j and says what to type', async (args, message) => {
    const { code, stdout, stderr } = await epc(['grant', ...args], standIns);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('takes its token to no other host than Graph', async () => {
    const environment = { ...standIns.environment, GRAPH_BASE_URL: 'https://attacker.example' };
    const { code, stderr } = await epc(['grant', '--principal', principalId], { environment });
    expect(code).toBe(2);
    expect(stderr).toContain(
      'GRAPH_BASE_URL is https://attacker.example; write https://graph.microsoft.com or',
    );
  });
});
