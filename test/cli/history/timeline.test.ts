import { expect, it } from 'vitest';
import type { AuditEvent } from '../../../cli/history/readAuditEvents.ts';
import { toTimeline } from '../../../cli/history/timeline.ts';

const partner = 'b3548526-e615-3785-3118-be70b3968ec5';

function anEvent(changes: Partial<AuditEvent>): AuditEvent {
  return {
    at: '2026-01-01T00:00:00Z',
    activity: 'Update',
    result: 'success',
    actor: 'someone',
    applicationId: '',
    clientRequestId: 'c-1',
    resourceIds: [partner],
    changes: [],
    ...changes,
  };
}

it('a change by the app whose record was lost is not one without it, and other partners are left out', () => {
  const audit = [
    anEvent({ clientRequestId: 'c-2', applicationId: 'app-1' }),
    anEvent({ clientRequestId: 'c-3', resourceIds: ['another'] }),
    anEvent({ clientRequestId: 'c-4', result: 'failure' }),
  ];
  const partners = new Set([partner]);
  const entries = toTimeline({ records: [], all: [], audit, partners, applicationId: 'APP-1' });
  expect(entries).toMatchObject([
    { what: 'changed by this app, without a record: Update', isElsewhere: false },
    { what: 'CHANGED WITHOUT THIS APP: Update (failure)', isElsewhere: true },
  ]);
});
