import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { asMessage } from './errors.ts';

/** The Bicep compiler, and how to start it. */
export type Compiler = {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where it was found, in words. */
  readonly origin: string;
};

/** There is no Bicep compiler; the message says what to install. */
export class NoCompilerError extends Error {
  override readonly name = 'NoCompilerError';
}

const VERSION = '0.49.2';

/** SHA-512 of the package's content, as NuGet states it; packages for other systems are not pinned. */
const CONTENT_HASHES: Readonly<Record<string, string>> = {
  'linux-x64': 'z5p/I6NTOJvoQaJj0Rk3bTglGxIAVK920PiwYjrGuAl3V4wyr7yPjd3BYjRtVPBcdcrW1BtS33tSlWzB76MtNw==',
};

const exe = process.platform === 'win32' ? '.exe' : '';

/**
 * Finds the compiler: the pinned one from NuGet if the .NET SDK is installed, else the one that is installed.
 *
 * @param cache a folder for the package, made when it is needed
 * @param env the environment to search in
 * @throws {NoCompilerError} if there is none
 */
export async function findCompiler(cache: string, env: NodeJS.ProcessEnv): Promise<Compiler> {
  const reasons: string[] = [];
  if (isOnPath('dotnet', env)) {
    try {
      return await fromNuGet(resolve(cache), env);
    } catch (error) {
      reasons.push(`NuGet gave none: ${asMessage(error)}`);
    }
  }
  const installed = installedPath(env);
  if (installed !== undefined) return { path: installed, env, origin: installed };
  throw new NoCompilerError(
    [
      'There is no Bicep compiler. Install the .NET SDK, or run `az bicep install`, or put bicep on the PATH.',
      ...reasons,
    ].join('\n'),
  );
}

async function fromNuGet(cache: string, env: NodeJS.ProcessEnv): Promise<Compiler> {
  const runtime = runtimeOf(process.platform, process.arch);
  const packageName = `Azure.Bicep.CommandLine.${runtime}`;
  const folder = join(cache, 'packages', packageName.toLowerCase(), VERSION);
  const path = join(folder, 'tools', `bicep${exe}`);
  if (!existsSync(path)) await restore(packageName, cache, env);
  const { contentHash } = JSON.parse(await readFile(join(folder, '.nupkg.metadata'), 'utf8'));
  const expected = CONTENT_HASHES[runtime];
  if (expected !== undefined && contentHash !== expected) {
    throw new Error(`${packageName} ${VERSION} in ${folder} is not the package that was pinned.`);
  }
  // It unpacks parts of itself into its home, which a build machine may not have.
  const home = join(cache, 'home');
  await mkdir(home, { recursive: true });
  return { path, env: { ...env, HOME: home }, origin: `${packageName} from NuGet` };
}

/** A project whose only purpose is to download one package: `dotnet restore` is the client of NuGet. */
async function restore(packageName: string, cache: string, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(cache, { recursive: true });
  await writeFile(
    join(cache, 'compiler.csproj'),
    `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.0</TargetFramework>
    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
    <RestorePackagesPath>packages</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup>
    <PackageDownload Include="${packageName}" Version="[${VERSION}]" />
  </ItemGroup>
</Project>
`,
  );
  await promisify(execFile)('dotnet', ['restore', '--nologo'], { cwd: cache, env, timeout: 600_000 });
}

function runtimeOf(platform: NodeJS.Platform, arch: string): string {
  const system = platform === 'win32' ? 'win' : platform === 'darwin' ? 'osx' : platform;
  return `${system}-${arch}`;
}

function installedPath(env: NodeJS.ProcessEnv): string | undefined {
  const home = env.HOME ?? env.USERPROFILE ?? homedir();
  const candidates = [
    ...pathOf(env).map((folder) => join(folder, `bicep${exe}`)),
    // Where `az bicep install` and azd keep it.
    join(env.AZURE_CONFIG_DIR ?? join(home, '.azure'), 'bin', `bicep${exe}`),
    join(home, '.azd', 'bin', `bicep${exe}`),
  ];
  return candidates.find((path) => existsSync(path));
}

function isOnPath(command: string, env: NodeJS.ProcessEnv): boolean {
  return pathOf(env).some((folder) => existsSync(join(folder, `${command}${exe}`)));
}

function pathOf(env: NodeJS.ProcessEnv): string[] {
  const path = env.PATH ?? env.Path ?? '';
  return path.split(delimiter).filter((folder) => folder !== '');
}
