import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exampleVariables } from '../../scripts/infra/variables.ts';
import { resourcesOf, snapshots } from './snapshot.ts';

const azureYaml = readFileSync('azure.yaml', 'utf8');
const workflow = readFileSync('.github/workflows/deploy.yml', 'utf8');
const parameters = readFileSync('infra/main.bicepparam', 'utf8');

const variables = [...parameters.matchAll(/readEnvironmentVariable\('(\w+)'/g)].flatMap(
  ([, name]) => name ?? [],
);

describe('azd', () => {
  it('finds the app by its tags', () => {
    const service = /^services:\n {2}(\w+):/m.exec(azureYaml)?.[1];
    const [app] = resourcesOf(snapshots.defaults, 'Microsoft.Web/sites');
    expect(service).toBeDefined();
    expect(app?.tags).toEqual({ 'azd-env-name': 'defaults', 'azd-service-name': service });
  });

  it('finds everything that it made by the name of the environment', () => {
    for (const { tags, id } of snapshots.defaults.predictedResources) {
      if (tags !== undefined) expect([id, tags['azd-env-name']]).toEqual([id, 'defaults']);
    }
  });

  it('deploys dist/ and builds nothing in Azure', () => {
    expect(azureYaml).toMatch(/^ {4}dist: dist$/m);
    expect(azureYaml).toMatch(/^ {4}remoteBuild: false$/m);
  });

  it('hands over what the commands after it need', () => {
    expect(Object.keys(snapshots.defaults.outputs).sort()).toEqual([
      'APPLICATION_INSIGHTS_ID',
      'AZURE_FUNCTION_APP_NAME',
      'AZURE_LOCATION',
      'AZURE_RESOURCE_GROUP',
      'AZURE_TENANT_ID',
      'DEPLOYED_READERS',
      'DEPLOYED_REQUESTERS',
      'FUNCTION_APP_ID',
      'GRAPH_BASE_URL',
      'IDENTITY_CLIENT_ID',
      'IDENTITY_NAME',
      'IDENTITY_PRINCIPAL_ID',
      'LOG_ANALYTICS_WORKSPACE_ID',
      'REQUESTS_QUEUE',
      'RESULTS_TOPIC',
      'SERVICE_BUS_NAMESPACE',
      'SERVICE_BUS_NAMESPACE_ID',
      'STORAGE_BLOB_ENDPOINT',
    ]);
  });

  it.each(['postprovision', 'postdeploy'])('has a %s hook for POSIX and for Windows', (hook) => {
    const [, text = ''] = new RegExp(`^  ${hook}:\\n((?: {4}.*\\n)+)`, 'm').exec(azureYaml) ?? [];
    const [posix = '', windows = ''] = text.split('    windows:');
    const command = hook === 'postprovision' ? 'npx epc grant' : 'npx epc doctor';
    expect(posix).toContain('shell: sh');
    expect(posix).toContain(command);
    expect(windows).toContain('shell: pwsh');
    expect(windows).toContain(command);
  });
});

describe('the parameters', () => {
  it('are each tried with a variable (npm run infra)', () => {
    expect(Object.keys(exampleVariables).sort()).toEqual([...variables].sort());
  });
});

describe('the workflow', () => {
  const [, ...jobs] = workflow.slice(workflow.indexOf('\njobs:')).split(/^ {2}(?=\w+:\n)/m);
  const job = (name: string) => jobs.find((text) => text.startsWith(`${name}:`)) ?? '';

  /** They hold a key, and stay out of pull requests. */
  const secrets = ['RESULTS_WEBHOOK_URL', 'TEAMS_WEBHOOK_URL'];

  it('hands over every variable that the parameters are read from', () => {
    for (const name of variables) {
      if (secrets.includes(name)) expect(job('deploy')).toContain(`${name}: \${{ secrets.${name} }}`);
      else expect(workflow).toMatch(new RegExp(`^ {2}${name}: \\$\\{\\{ vars\\.${name}\\b`, 'm'));
    }
  });

  it('signs in with a token of the run, not with a secret', () => {
    expect(job('deploy')).toContain('--federated-credential-provider github');
    expect(workflow.match(/secrets\.\w+/g)).toEqual(secrets.map((name) => `secrets.${name}`));
  });

  it('gives that token to the jobs that sign in, and to no other', () => {
    expect(jobs.map((text) => [text.split(':')[0], text.includes('id-token: write')])).toEqual([
      ['preview', true],
      ['ci', false],
      ['deploy', true],
    ]);
    expect(workflow.match(/id-token/g)?.length).toBe(2);
  });

  it('shows a pull request under an identity of its own', () => {
    expect(job('preview')).toContain('vars.AZURE_PREVIEW_CLIENT_ID');
    expect(job('preview')).not.toContain('vars.AZURE_CLIENT_ID');
  });

  it('deploys main alone, once CI has passed', () => {
    expect(job('deploy')).toContain('needs: ci');
    expect(job('deploy')).toContain("github.ref == 'refs/heads/main'");
  });
});

describe('every workflow', () => {
  const workflows = [...globSync('.github/workflows/*.yml'), 'docs/guides/pipeline.md'];

  it('signs in with a subject that is read from GitHub, not guessed: it may hold ids', () => {
    for (const page of globSync('docs/**/*.md')) {
      const text = readFileSync(page, 'utf8');
      expect([page, /repo:OWNER\/\w+:/.test(text)]).toEqual([page, false]);
      if (text.includes('federated')) expect([page, text.includes('sub_claim_prefix')]).toEqual([page, true]);
    }
  });

  it.each(workflows)('%s pins actions by commit, and says the version', (path) => {
    const uses = readFileSync(path, 'utf8').match(/(?<=uses: )(?!\.\/).+$/gm) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses) expect(action).toMatch(/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});
