import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildLocalApp } from '../../local/buildLocalApp.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the app that all tests of a run share. */
    appRoot: string;
  }
}

/** Builds the app for a run of the tests, in a folder of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await mkdir('.local', { recursive: true });
  const directory = await mkdtemp('.local/tests-');
  project.provide('appRoot', resolve(await buildLocalApp(directory)));
  return () => rm(directory, { recursive: true, force: true });
}
