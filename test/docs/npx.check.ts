import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StandIns, startStandIns } from '../../local/standIns.ts';
import { dotnet, dotnetEnvironment, hasDotnetSdk } from '../dotnet/dotnetSdk.ts';

const isSdkThere = hasDotnetSdk();
if (!isSdkThere) console.log('There is no .NET SDK here: npx epc is not tried in PowerShell.');

describe.skipIf(!isSdkThere)('npx epc in PowerShell', () => {
  let directory: string;
  let standIns: StandIns;
  beforeAll(async () => {
    expect(await dotnet(['tool', 'restore'], { timeoutMs: 300_000, stdio: 'ignore' })).toBe(0);
    directory = mkdtempSync(join(tmpdir(), 'powershell-'));
    standIns = await startStandIns({ directory });
  });
  afterAll(async () => {
    await standIns?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** npm and Node as their installer for Windows lays them out, with the script that PowerShell takes for `npx`. */
  function installNpm(): string {
    const root = execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim();
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(join(root, 'npm'), join(directory, 'node_modules/npm'));
    symlinkSync(process.execPath, join(directory, 'node'));
    copyFileSync(join(root, 'npm/bin/npx.ps1'), join(directory, 'npx.ps1'));
    return join(directory, 'npx.ps1');
  }

  it('gets every option, whatever is in its value', async () => {
    const script = join(directory, 'script.ps1');
    writeFileSync(
      script,
      `Set-Alias npx ${installNpm()}
$partner, $reference = 'b3548526-e615-3785-3118-be70b3968ec5', 'CHG 1; "two" --wait'
npx epc enable $partner --reference $reference --at +4h --json
npx epc requests --json
npx epc enable $partner --refrence x
"exit code $LASTEXITCODE"`,
    );
    const args = ['tool', 'run', 'pwsh', '--', '-NoProfile', '-NonInteractive', '-File', script];
    const env = { ...dotnetEnvironment(), ...standIns.environment, POWERSHELL_TELEMETRY_OPTOUT: '1' };
    const { stdout, stderr } = await promisify(execFile)('dotnet', args, { env });
    const [sent = '', listed = '', ended] = stdout.split('\n');
    const { messageId } = JSON.parse(sent);
    const reference = 'CHG 1; "two" --wait';
    expect(JSON.parse(listed).requests).toMatchObject([
      { messageId, state: 'scheduled', request: { reference } },
    ]);
    expect(stderr).toContain('Unknown option "--refrence". Did you mean "--reference"?');
    expect(ended).toBe('exit code 2');
  });
});
