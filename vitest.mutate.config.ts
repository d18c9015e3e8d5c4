import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that wait for something or try thousands of inputs. */
const slow =
  /\/(app|applicationInsights|graph|managedIdentity|requestBody|setExternalPartnerConnection)\.test\.ts$/;

/** Puts the slow files last: a mutant is done with at the first test that fails. */
class QuickTestsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification) => Number(slow.test(moduleId));
    return files.toSorted((one, other) => isSlow(one) - isSlow(other));
  }
}

/** As in vitest.config.ts. */
process.env.TZ = 'Asia/Kathmandu';

/** What a mutation run asks about every mutant: the tests that need neither the bundle nor other processes. */
export default defineConfig({
  test: {
    include: ['test/{functions,shared}/**/*.test.ts', 'test/{asyncApi,schemas}.test.ts'],
    sequence: { sequencer: QuickTestsFirst },
    testTimeout: 60_000,
  },
});
