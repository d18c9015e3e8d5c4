/** `npx epc`: every command is in {@link commands}. */
import { runProgram } from './command/runProgram.ts';
import { commands } from './commands.ts';

await runProgram(commands);
