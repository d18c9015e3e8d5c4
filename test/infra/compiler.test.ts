import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCompiler, NoCompilerError } from '../../scripts/infra/compiler.ts';

const exe = process.platform === 'win32' ? '.exe' : '';

describe('the Bicep compiler', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'compiler-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const find = (env: NodeJS.ProcessEnv) => findCompiler(join(folder, 'cache'), env);
  const install = async (...path: string[]) => {
    const file = join(folder, ...path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, '');
    await chmod(file, 0o755);
    return file;
  };

  it('is found on the PATH', async () => {
    const path = await install('bin', `bicep${exe}`);
    expect(await find({ PATH: join(folder, 'bin'), HOME: folder })).toMatchObject({ path });
  });

  it('is found where az and azd install it', async () => {
    const ofAzd = await install('.azd', 'bin', `bicep${exe}`);
    expect(await find({ PATH: '', HOME: folder })).toMatchObject({ path: ofAzd });
    const ofAz = await install('.azure', 'bin', `bicep${exe}`);
    expect(await find({ PATH: '', HOME: folder })).toMatchObject({ path: ofAz });
  });

  it('is missed with a sentence that says what to install', async () => {
    await expect(find({ PATH: '', HOME: folder })).rejects.toThrow(NoCompilerError);
    await expect(find({ PATH: '', HOME: folder })).rejects.toThrow('Install the .NET SDK');
  });

  it('is needed by npm run infra, which fails without it', async () => {
    const { code, stderr } = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
      const child = execFile(
        process.execPath,
        ['scripts/infra.ts'],
        { env: { PATH: '', HOME: folder, SystemRoot: process.env.SystemRoot } },
        (_, _stdout, stderr) => resolve({ code: child.exitCode, stderr }),
      );
    });
    expect(code).toBe(1);
    expect(stderr.trim()).toBe(
      'There is no Bicep compiler. Install the .NET SDK, or run `az bicep install`, or put bicep on the PATH.',
    );
  });
});
