import { board } from './board/command.ts';
import { cancel } from './cancel/command.ts';
import { type Command, command } from './command/command.ts';
import { deadLetters } from './deadLetters/command.ts';
import { doctor } from './doctor/command.ts';
import { grant } from './grant/command.ts';
import { history } from './history/command.ts';
import { partners } from './partners/command.ts';
import { requests } from './requests/command.ts';
import { results } from './results/command.ts';
import { disable, enable } from './send/commands.ts';
import { status } from './status/command.ts';

/** The commands, in the order in which they are listed. */
export const commands: readonly Command[] = [
  command(enable, async () => (await import('./send/send.ts')).sendEnable),
  command(disable, async () => (await import('./send/send.ts')).sendDisable),
  command(cancel, async () => (await import('./cancel/cancelRequest.ts')).cancelRequest),
  command(requests, async () => (await import('./requests/showRequests.ts')).showRequests),
  command(results, async () => (await import('./results/followResults.ts')).followResults),
  command(history, async () => (await import('./history/showHistory.ts')).showHistory),
  command(partners, async () => (await import('./partners/showPartners.ts')).showPartners),
  command(deadLetters, async () => (await import('./deadLetters/handleDeadLetters.ts')).handleDeadLetters),
  command(status, async () => (await import('./status/showStatus.ts')).showStatus),
  command(board, async () => (await import('./board/showBoard.ts')).showBoard),
  command(grant, async () => (await import('./grant/grantPermission.ts')).grantPermission),
  command(doctor, async () => (await import('./doctor/examine.ts')).examine),
];
