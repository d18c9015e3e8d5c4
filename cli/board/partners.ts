import type { ExternalPartner } from '../../shared/contract/resultSchema.ts';
import type { Installation } from '../health/readInstallation.ts';
import { requestOf } from '../results/describeResult.ts';
import { type Html, html } from './html.ts';
import { section, timeOf } from './lists.ts';

/** Each partner with its state, its end and its last change. */
export function partnersSection(installation: Installation): Html {
  const { partners } = installation;
  if ('unseen' in partners)
    return section('partners', 'Partners', html`<p class="skipped">${partners.unseen}</p>`);
  if (partners.value.length === 0)
    return section('partners', 'Partners', html`<p>Graph knows no partner.</p>`);
  const cards = partners.value.map((partner) => card(partner, installation));
  return section('partners', 'Partners', html`<ul class="cards">${cards}</ul>`);
}

function card(partner: ExternalPartner, { windows, results, at }: Installation): Html {
  const id = partner.id.toLowerCase();
  const open =
    'value' in windows ? windows.value.filter(({ externalPartnerId }) => externalPartnerId === id) : [];
  const until = open.at(-1)?.until;
  const change =
    'value' in results
      ? results.value.findLast(
          (result) => result.outcome === 'applied' && requestOf(result).externalPartnerId === id,
        )
      : undefined;
  const facts: [string, Html | string | undefined][] = [
    ['status', partner.connectionStatus],
    ['details', partner.statusDetails],
    ['enabled until', until && timeOf(new Date(until), at)],
    ['last change', change && html`${timeOf(new Date(change.completedAt), at)} ${change.reference}`],
    ['last sync', partner.lastSyncDateTime && timeOf(new Date(partner.lastSyncDateTime), at)],
  ];
  const rows = facts.filter(([, value]) => value !== undefined && value !== '');
  return html`<li class="${partner.enableConnection ? 'enabled' : 'disabled'}"><h3>${partner.enableConnection ? 'Enabled' : 'Disabled'}</h3>
<code>${id}</code><dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></li>`;
}
