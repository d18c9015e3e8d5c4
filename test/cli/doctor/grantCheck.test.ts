import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { grantCheck } from '../../../cli/doctor/grantCheck.ts';
import {
  createAssignment,
  graphPrincipal,
  identityPrincipal,
  readPermission,
  writePermission,
} from '../../../local/graph/directory.ts';
import { type GraphStandIn, startGraph } from '../../../local/graph/graph.ts';
import { forbidden, unauthorized } from '../../../local/graph/graphFault.ts';
import { always } from '../../../local/http/fault.ts';
import { trustedCertificate } from '../../helpers/trust.ts';
import { signedInService } from './signedInService.ts';

let graph: GraphStandIn;
beforeAll(async () => {
  graph = await startGraph({ tls: await trustedCertificate() });
});
afterAll(() => graph?.close());
beforeEach(() => {
  graph.fault = undefined;
  graph.directory.appRoleAssignments.length = 0;
});

function check(principalId: string | undefined = identityPrincipal.id) {
  return grantCheck(signedInService(graph.url), principalId).run();
}

function give(permission: typeof writePermission) {
  graph.directory.appRoleAssignments.push(createAssignment(identityPrincipal, graphPrincipal, permission));
}

describe('the check of the permission', () => {
  it('finds it', async () => {
    give(writePermission);
    expect(await check()).toEqual({ status: 'ok', seen: 'id-local has CloudPC.ReadWrite.All' });
  });

  it('finds that it is missing, and is not content with a smaller one', async () => {
    give(readPermission);
    expect(await check()).toEqual({
      status: 'wrong',
      seen: 'id-local does not have CloudPC.ReadWrite.All',
      todo: 'Run npx epc grant.',
    });
    expect(graph.directory.appRoleAssignments).toHaveLength(1);
  });

  it('finds that there is no such identity, and does not wait for one', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000';
    expect(await check(unknown)).toMatchObject({
      status: 'wrong',
      seen: `no identity has the principal id ${unknown}`,
    });
  });

  it.each([
    ['may not look', forbidden(), 'you may not see which permissions the identity has'],
    ['are not let in', unauthorized(), 'the stand-in responded with 401'],
    ['get no response', { kind: 'resetBeforeApplying' }, 'Cannot reach the stand-in: '],
  ] as const)('is not ok if you %s', async (_, fault, seen) => {
    graph.fault = always(fault);
    expect(await check()).toMatchObject({ status: 'skipped', seen: expect.stringContaining(seen) });
  });

  it('makes no call without an id', async () => {
    const before = graph.journal.length;
    expect(await grantCheck(signedInService(graph.url), undefined).run()).toMatchObject({
      status: 'skipped',
      seen: 'IDENTITY_PRINCIPAL_ID is not set',
    });
    expect(graph.journal).toHaveLength(before);
  });
});
