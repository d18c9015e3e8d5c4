import type { CloudPcExternalPartner } from './cloudPcExternalPartner.ts';

/** One partner that is disabled, one that is enabled and healthy, one that is enabled and unhealthy. */
export const samplePartners: readonly [
  CloudPcExternalPartner,
  CloudPcExternalPartner,
  CloudPcExternalPartner,
] = [
  {
    id: 'b3548526-e615-3785-3118-be70b3968ec5',
    partnerId: '198d7140-80bb-4843-8cc4-811377a49a92',
    enableConnection: false,
    connectionStatus: 'notAvailable',
    lastSyncDateTime: '0001-01-01T00:00:00Z',
    statusDetails: 'Not connected yet.',
  },
  {
    id: '5f2c9be4-3d17-4e0a-b6d8-20c4a1f97e35',
    partnerId: '7a41e6d9-82c5-4b3f-8e10-c5d29f60b7a4',
    enableConnection: true,
    connectionStatus: 'healthy',
    lastSyncDateTime: '2026-06-30T08:15:42Z',
    statusDetails: 'Connected. The last heartbeat was in time.',
  },
  {
    id: 'c07e1d56-a9f3-4b28-9c64-e83b5d02f71a',
    partnerId: '2be90f73-14d8-4a6c-b5e7-96f3c8d1a042',
    enableConnection: true,
    connectionStatus: 'unhealthy',
    lastSyncDateTime: '2026-06-27T22:03:10Z',
    statusDetails: 'Connected, but no heartbeat arrived for more than 24 hours.',
  },
];
