/**
 * Loaded ahead of a script by `node --import`, in plain JavaScript that any Node runs: ends in words instead of a
 * stack if this Node cannot run the TypeScript files of this repository as they are.
 */
const required = [24, 5];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < required[0] || (major === required[0] && minor < required[1])) {
  console.error(`This needs Node ${required.join('.')} or newer, and runs on Node ${process.versions.node}.
npm ci installs Node 24 for this project, unless install scripts are switched off (--ignore-scripts). Run

  npm rebuild node --ignore-scripts=false

or install Node 24 yourself (https://nodejs.org), and try again.`);
  process.exit(1);
}
