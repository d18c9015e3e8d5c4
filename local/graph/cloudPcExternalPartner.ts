/** The resource of Microsoft Graph beta, as far as the stand-in serves it. */
export type CloudPcExternalPartner = {
  readonly id: string;
  readonly partnerId: string;
  readonly enableConnection: boolean;
  readonly connectionStatus: 'notAvailable' | 'available' | 'healthy' | 'unhealthy' | 'unknownFutureValue';
  /** ISO 8601. */
  readonly lastSyncDateTime: string;
  readonly statusDetails: string | null;
  /** What is installed on Cloud PCs; absent or null without it. */
  readonly agentSetting?: {
    readonly agentUrl: string;
    readonly agentSha256: string;
    readonly installParameters: readonly { readonly name: string; readonly value: string }[];
    readonly autoDeploymentEnabled: boolean;
  } | null;
};

export const PARTNER_TYPE = '#microsoft.graph.cloudPcExternalPartner';

/** The partner after a PATCH; unchanged if it already is in the state that is asked for. */
export function withConnection(
  partner: CloudPcExternalPartner,
  enableConnection: boolean,
): CloudPcExternalPartner {
  if (partner.enableConnection === enableConnection) return partner;
  return {
    ...partner,
    enableConnection,
    connectionStatus: enableConnection ? 'available' : 'notAvailable',
    statusDetails: enableConnection
      ? 'Connected, waiting for the first heartbeat.'
      : 'Disconnected by an administrator.',
  };
}
