import type { CloudPcExternalPartner } from '../local/graph/cloudPcExternalPartner.ts';
import { samplePartners } from '../local/graph/samplePartners.ts';

/** One partner for each concurrent session. */
export const partners: readonly CloudPcExternalPartner[] = Array.from({ length: 16 }, (_, index) => ({
  ...samplePartners[0],
  id: `b3548526-e615-4843-8cc4-${index.toString(16).padStart(12, '0')}`,
}));

export function externalPartnerIdOf(index: number): string {
  return `b3548526-e615-4843-8cc4-${(index % partners.length).toString(16).padStart(12, '0')}`;
}
