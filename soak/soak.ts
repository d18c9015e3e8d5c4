import { parseArgs } from 'node:util';
import { brokenPromises } from './check.ts';
import { runHostile } from './hostile.ts';
import { runSoak } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    requests: { type: 'string' },
    partners: { type: 'string', default: '48' },
    hostile: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);

if (values.hostile) {
  const messages = Number(values.requests ?? 50_000);
  console.log(`seed ${seed}, ${messages} hostile messages through one process`);
  const problems = await runHostile({ seed, messages });
  for (const problem of problems) console.error(`Wrong: ${problem}.`);
  process.exit(problems.length > 0 ? 1 : 0);
}

const { verdict, peakRssMiB, seconds, leaks } = await runSoak({
  seed,
  requests: Number(values.requests ?? 4_000),
  partners: Number(values.partners),
  rate: 60,
  killEveryMs: 4_000,
  drainMs: 180_000,
});
const broken = brokenPromises(verdict);
const outcomes = Object.entries(verdict.outcomes).map(([outcome, count]) => `${outcome} ${count}`);
console.log(
  [
    `seed ${seed}`,
    `requests ${verdict.requests}`,
    ...outcomes,
    `windows ${verdict.windows}`,
    `ends ${verdict.ends}`,
    `longest end ${(verdict.longestEndMs / 1000).toFixed(1)} s`,
    `duplicate results ${verdict.duplicateResults}`,
    `dead-lettered ${verdict.deadLettered}`,
    `waiting ${verdict.waiting}`,
    `order violations ${verdict.orderViolations.length}`,
    `late ${verdict.lateApplications.length}`,
    `wrong states ${verdict.wrongStates.length}`,
    `contradictions ${verdict.contradictions.length}`,
    `open too long ${verdict.openTooLong.length}`,
    `cut off ${verdict.cutOff.length}`,
    `lost ${verdict.lost.length}`,
    `leaks ${leaks}`,
    `kills survived ${verdict.kills}`,
    `peak RSS ${peakRssMiB} MiB`,
    `${seconds} s`,
  ].join(', '),
);
for (const promise of broken) console.error(`Broken: ${promise}.`);
if (verdict.waiting > 0)
  console.error('Not everything has been delivered: the machine was too busy, or the app is stuck.');
if (broken.length > 0 || leaks > 0 || verdict.waiting > 0) process.exitCode = 1;
