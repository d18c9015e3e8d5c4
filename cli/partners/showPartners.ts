import type { ExternalPartner } from '../../shared/contract/resultSchema.ts';
import { openApi } from '../azure/callAzure.ts';
import { graphOfPartners, localGraph } from '../azure/graph.ts';
import { graphOrigins } from '../azure/origins.ts';
import type { InputOf } from '../command/definition.ts';
import { UsageError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { type Line, print, printJson, printSome } from '../terminal/print.ts';
import { formatTable } from '../terminal/table.ts';
import type { partners as command } from './command.ts';
import { listPartners } from './listPartners.ts';

type PartnersInput = InputOf<typeof command>;

const titles = [
  'id',
  'enableConnection',
  'connectionStatus',
  'lastSyncDateTime',
  'statusDetails',
  'partnerId',
] as const;

export async function showPartners(input: PartnersInput): Promise<number> {
  const { graph, tenant, 'device-code': deviceCode, json } = input;
  if (graph === undefined && (tenant !== undefined || deviceCode)) {
    throw new UsageError(
      `--tenant and --device-code are for a sign-in; write --graph ${graphOrigins[0]} as well.`,
    );
  }
  const service =
    graph === undefined ? localGraph() : graphOfPartners(graph, { tenantId: tenant, deviceCode });
  const partners = await listPartners(openApi(service));
  await printSome(() => (json ? printJson(partners) : print(...formatPartners(partners))));
  return exitCodes.done;
}

function formatPartners(partners: readonly ExternalPartner[]): Line[] {
  if (partners.length === 0) return ['There are no external partners.'];
  return formatTable({
    titles,
    rows: partners.map((partner) => titles.map((title) => partner[title])),
    beside: 3,
  });
}
