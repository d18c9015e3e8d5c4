import { type Properties, propertiesOf, resourcesOf, type Snapshot, settingsOf } from '../snapshot.ts';

/** Signs of a key, a signature or a password, or of a template that fetches one. */
const secret =
  /\blist(Keys|Secrets|\w*Sas|AdminKeys|QueryKeys)?\(|(Account|Shared\w*|Primary|Secondary)(Access)?Key\b|SharedAccessSignature|\bsig=|password|\.keys\b/i;

/** Keys switched off, by type of resource. */
const withoutKeys: readonly [type: string, isOff: (properties: Properties) => boolean][] = [
  ['Microsoft.ServiceBus/namespaces', ({ disableLocalAuth }) => disableLocalAuth === true],
  ['Microsoft.Storage/storageAccounts', ({ allowSharedKeyAccess }) => allowSharedKeyAccess === false],
  ['Microsoft.Insights/components', ({ DisableLocalAuth }) => DisableLocalAuth === true],
  ['Microsoft.OperationalInsights/workspaces', ({ features }) => features?.disableLocalAuth === true],
  ['Microsoft.Web/sites/basicPublishingCredentialsPolicies', ({ allow }) => allow === false],
];

/** Nothing holds a key or makes one, and nothing that has keys accepts them. */
export function keyProblems(snapshot: Snapshot): string[] {
  return [
    ...textsIn(snapshot.predictedResources)
      .filter(({ text }) => secret.test(text))
      .map(({ path }) => `${path} looks like a key.`),
    ...textsIn(snapshot.outputs, 'outputs')
      .filter(({ text }) => secret.test(text))
      .map(({ path }) => `${path} looks like a key.`),
    ...snapshot.predictedResources
      .filter(({ type }) => /authorizationRules$/i.test(type))
      .map(({ name }) => `${name} makes a key.`),
    ...withoutKeys.flatMap(([type, isOff]) =>
      propertiesOf(snapshot, type)
        .filter(({ properties }) => !isOff(properties))
        .map(({ name }) => `${name} accepts keys.`),
    ),
    ...['ftp', 'scm']
      .filter((name) => !policiesOf(snapshot).includes(name))
      .map((name) => `${name} accepts passwords.`),
    ...connectionStringProblems(snapshot),
  ];
}

function policiesOf(snapshot: Snapshot): (string | undefined)[] {
  return resourcesOf(snapshot, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies').map(({ name }) =>
    name.split('/').at(-1),
  );
}

/** The one connection string is the address of a component that takes no key. */
function connectionStringProblems(snapshot: Snapshot): string[] {
  const ids = resourcesOf(snapshot, 'Microsoft.Insights/components').map(({ id }) => id);
  return Object.entries(settingsOf(snapshot))
    .filter(([name]) => /connection_?string/i.test(name))
    .filter(([, value]) => !ids.some((id) => value.startsWith(`[reference('${id}'`)))
    .map(([name]) => `${name} is not that of the Application Insights deployed here.`);
}

function textsIn(value: unknown, path = ''): { path: string; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    // What a property is called says as much as its value.
    { path: `${path}.${key}`, text: key },
    ...textsIn(inner, `${path}.${key}`),
  ]);
}
