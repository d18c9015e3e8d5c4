import { openApi } from '../azure/callAzure.ts';
import { graphOfPartners, localGraph } from '../azure/graph.ts';
import { graphOrigins } from '../azure/origins.ts';
import type { InputOf } from '../command/definition.ts';
import { UsageError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { print, printJson } from '../terminal/print.ts';
import { formatTable } from '../terminal/table.ts';
import type { partners as command } from './command.ts';
import { listPartners } from './listPartners.ts';

type PartnersInput = InputOf<typeof command>;

const titles = ['id', 'partnerId', 'enableConnection', 'connectionStatus', 'statusDetails'] as const;
const whole = ['id', 'enableConnection', 'connectionStatus'];

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
  const rows = partners.map((partner) => titles.map((title) => partner[title]));
  await (json ? printJson(partners) : print(...formatTable(titles, rows, whole)));
  return exitCodes.done;
}
