import { describe, expect, it } from 'vitest';
import { wrongFormatOf } from '../../../shared/receive/bodyFormat.ts';
import { aBody } from '../../helpers/factories.ts';

const json = aBody().toString();
const base64 = Buffer.from(json).toString('base64');
const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16();
const utf32 = (text: string) => {
  const bytes = Buffer.alloc(4 * text.length);
  for (const [index, character] of [...text].entries())
    bytes.writeUInt32LE(character.charCodeAt(0), 4 * index);
  return bytes;
};
const binaryXml = (text: string, record: number[]) =>
  Buffer.concat([
    Buffer.from([0x40, 0x06]),
    Buffer.from('string'),
    Buffer.from([0x08, 0x33]),
    Buffer.from('http://schemas.microsoft.com/2003/10/Serialization/'),
    Buffer.from(record),
    Buffer.from(text),
    Buffer.from([0x01]),
  ]);

describe('the format of a body', () => {
  it.each<[string, Buffer, string]>([
    [
      'a .NET string as binary XML',
      binaryXml(json, [0x99, json.length]),
      'older .NET client wrote as binary XML',
    ],
    ['a longer one', binaryXml(json.repeat(2), [0x9b, 0x00, 0x01]), 'older .NET client wrote as binary XML'],
    [
      'a .NET string as XML',
      Buffer.from(`<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">${json}</string>`),
      'XML-serialised .NET string',
    ],
    ['UTF-16', Buffer.from(json, 'utf16le'), 'UTF-16'],
    ['UTF-16 after a blank', Buffer.from(` ${json}`, 'utf16le'), 'UTF-16'],
    ['UTF-16, big-endian', swapped(json), 'UTF-16'],
    ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${json}`, 'utf16le'), 'UTF-16'],
    ['UTF-16, big-endian, with a byte order mark', swapped(`\ufeff${json}`), 'UTF-16'],
    ['UTF-32', utf32(json), 'UTF-32'],
    ['UTF-32, big-endian', utf32(json).swap32(), 'UTF-32'],
    ['gzip', Buffer.from([0x1f, 0x8b, 0x08, 0x00]), 'gzip'],
    ['half a byte order mark of gzip', Buffer.from([0x20, 0x8b]), 'not UTF-8'],
    ['Latin-1', Buffer.from(aBody({ reason: 'é' }).toString(), 'latin1'), 'not UTF-8'],
    ['an overlong NUL', Buffer.from([0xc0, 0x80]), 'not UTF-8'],
    ['base64', Buffer.from(base64), 'base64 of a JSON object'],
    ['base64 on a line of its own', Buffer.from(` ${base64}\n`), 'base64 of a JSON object'],
    ['base64 in quotes', Buffer.from(`"${base64}"`), 'base64 of a JSON object'],
    ['base64url', Buffer.from(aBody({ reason: '>?>?>?' }).toString('base64url')), 'base64 of a JSON object'],
    [
      'base64 of UTF-16',
      Buffer.from(Buffer.from(json, 'utf16le').toString('base64')),
      'base64 of a JSON object',
    ],
  ])('%s is told for what it is, with what to send', (_, body, problem) => {
    expect(wrongFormatOf(body)).toContain(problem);
    expect(wrongFormatOf(body)).toMatch(/; send /);
  });

  it.each([
    json,
    '',
    '"text"',
    'nonsense',
    'deadbeef',
    '12345678',
    `"${Buffer.from('[1]').toString('base64')}"`,
    `!${base64}`,
    `${base64}!`,
    '\x1f {}',
    '\0\0',
  ])('%s may be JSON', (text) => {
    expect(wrongFormatOf(Buffer.from(text))).toBeUndefined();
  });

  it('is looked for in the body alone, not in the memory around it', () => {
    const memory = Buffer.concat([Buffer.from('\0\0'), Buffer.from(json), Buffer.from([0xff])]);
    expect(wrongFormatOf(memory.subarray(2, -1))).toBeUndefined();
  });
});
