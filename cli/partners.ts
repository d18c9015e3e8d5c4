import { toJsonLine } from '../shared/kit/sanitize.ts';
import { UsageError } from './command/errors.ts';
import { exitCodes } from './command/exitCodes.ts';
import { readArguments } from './command/readArguments.ts';
import { runCommand } from './command/runCommand.ts';
import { graphInAzure, graphOrigins, localGraph } from './partners/graphSource.ts';
import { listPartners } from './partners/listPartners.ts';
import { formatTable } from './terminal/table.ts';

const usage = `List the external partners, with the id that a request has to name.

  npm run partners [-- options]

  --graph URL          ${graphOrigins.join(' or ')}, with your own
                       Entra sign-in in the browser, which needs the delegated permission
                       CloudPC.Read.All; default: the local Graph
  --tenant ID          the tenant to sign in to
  --device-code        sign in with a code on another device
  --json               print one JSON array (npm run --silent partners -- …)
  --help

Exit code: 0 listed; 2 wrong usage; 5 Graph or the sign-in could not be reached or refused.`;

await runCommand('partners', usage, async (args) => {
  const { values } = readArguments(args, {
    graph: { type: 'string' },
    tenant: { type: 'string' },
    'device-code': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  });
  const { graph, tenant } = values;
  if (graph !== undefined && !graphOrigins.includes(graph)) {
    throw new UsageError(`--graph is ${graph}; write ${graphOrigins.join(' or ')}.`);
  }
  if (graph === undefined && (tenant !== undefined || values['device-code'])) {
    throw new UsageError(
      `--tenant and --device-code are for a sign-in; write --graph ${graphOrigins[0]} as well.`,
    );
  }
  const signIn = { deviceCode: values['device-code'], ...(tenant !== undefined && { tenantId: tenant }) };
  const partners = await listPartners(graph === undefined ? localGraph() : graphInAzure(graph, signIn));
  const titles = ['id', 'partnerId', 'enableConnection', 'connectionStatus', 'statusDetails'] as const;
  const rows = partners.map((partner) => titles.map((title) => partner[title]));
  const whole = ['id', 'enableConnection', 'connectionStatus'];
  console.log(values.json ? toJsonLine(partners) : formatTable(titles, rows, whole));
  return exitCodes.done;
});
