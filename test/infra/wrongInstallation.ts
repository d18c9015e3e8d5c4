import { expect, it } from 'vitest';
import {
  type Properties,
  type Resource,
  resourcesOf,
  type Snapshot,
  settingsOf,
  snapshots,
} from './snapshot.ts';

/** What the wrong ones are made from. */
export const installation = snapshots.defaults;

/** A copy of the installation with other settings. */
export function withSettings(change: (settings: Record<string, string>) => void): Snapshot {
  const copy = structuredClone(installation);
  change(settingsOf(copy));
  return copy;
}

/** A copy of the installation in which the resources of a type are changed. */
export function withChanged(type: string, change: (properties: Properties) => void): Snapshot {
  const copy = structuredClone(installation);
  for (const resource of resourcesOf(copy, type)) {
    resource.properties ??= {};
    change(resource.properties);
  }
  return copy;
}

/** A copy of the installation without the resources that are meant. */
export function without(isMeant: (resource: Resource) => boolean): Snapshot {
  const predictedResources = installation.predictedResources.filter((resource) => !isMeant(resource));
  expect(predictedResources.length).toBeLessThan(installation.predictedResources.length);
  return { ...installation, predictedResources };
}

/** A copy of the installation with one more resource. */
export function withAnother(resource: Resource): Snapshot {
  return { ...installation, predictedResources: [...installation.predictedResources, resource] };
}

/** What is wrong, the installation, and how it is told. */
export type Wrong = [what: string, wrong: Snapshot, problem: string | RegExp];

/** The right installation has no problem, and each wrong one its own. */
export function expectEachToBeFound(problemsOf: (snapshot: Snapshot) => string[], variants: Wrong[]): void {
  it.each(variants)('%s', (_, wrong, problem) => {
    expect(problemsOf(installation)).toEqual([]);
    const problems = problemsOf(wrong);
    expect(problems).not.toEqual([]);
    expect(problems.join('\n')).toMatch(problem);
  });
}
