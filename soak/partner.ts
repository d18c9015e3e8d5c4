import type { CloudPcExternalPartner } from '../local/graph/cloudPcExternalPartner.ts';

/** A partner that is disconnected at first. */
export function aPartner(id: string): CloudPcExternalPartner {
  return {
    id,
    partnerId: id,
    enableConnection: false,
    connectionStatus: 'notAvailable',
    lastSyncDateTime: '2026-01-01T00:00:00Z',
    statusDetails: 'Not connected yet.',
  };
}
