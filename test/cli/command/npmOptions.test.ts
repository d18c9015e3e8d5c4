import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../cli/command/errors.ts';
import { refuseOptionsThatNpmTook } from '../../../cli/command/npmOptions.ts';
import { sendOptions } from '../../../cli/send/options.ts';

const refuse = (args: string[], taken: Record<string, string>) => () =>
  refuseOptionsThatNpmTook(args, sendOptions, 2, { npm_lifecycle_event: 'send', ...taken });

describe('options in front of "--", which npm takes', () => {
  it.each([
    [['enable', 'ID'], { npm_config_at: '+4h' }, 'npm run send -- enable ID --at=+4h'],
    [['enable', 'ID', '+4h'], { npm_config_at: 'true' }, 'npm run send -- enable ID --at=+4h'],
    [['enable', 'ID'], { npm_config_wait: 'true' }, 'npm run send -- enable ID --wait'],
    [['enable', 'ID'], { npm_config_message_id: 'A B' }, 'npm run send -- enable ID --message-id="A B"'],
    [
      ['enable', 'ID', 'a', 'b'],
      { npm_config_at: 'true', npm_config_reason: 'true' },
      'npm run send -- enable ID --reason=VALUE --at=VALUE',
    ],
    [
      ['enable', 'ID', '--reference', 'CHG1'],
      { npm_config_at: '+4h', npm_config_json: 'true' },
      'npm run send -- enable ID --reference CHG1 --at=+4h --json',
    ],
  ])('are refused: %j %j', (args, taken, commandLine) => {
    expect(refuse(args, taken)).toThrow(UsageError);
    expect(refuse(args, taken)).toThrow(`Type:\n  ${commandLine}`);
  });

  it('are not guessed at if npm has an option of that name itself, which may come from an .npmrc', () => {
    expect(refuse(['enable', 'ID'], { npm_config_json: 'true' })).not.toThrow();
  });

  it('are not there if npm took none', () => {
    expect(refuse(['enable', 'ID', '--at', '+4h'], { npm_config_at: '' })).not.toThrow();
  });
});
