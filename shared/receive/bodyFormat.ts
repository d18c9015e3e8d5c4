import { isUtf8 } from 'node:buffer';
import { asObject, parseJson } from '../kit/json.ts';

/** What the bytes of a message body are instead of UTF-8 JSON, and how their sender fixes that. */
type WrongFormat = { readonly is: (body: Buffer) => boolean; readonly problem: string };

const DOTNET_STRING = 'schemas.microsoft.com/2003/10/Serialization';

/** The first that fits is named. */
const wrongFormats: readonly WrongFormat[] = [
  {
    is: (body) => body.includes(DOTNET_STRING) && body[0] === 0x40,
    problem:
      'The body is a string that an older .NET client wrote as binary XML; send the bytes of the JSON in UTF-8 ' +
      '(a Stream or byte array instead of a string, or Azure.Messaging.ServiceBus).',
  },
  {
    is: (body) => body.includes(DOTNET_STRING),
    problem: 'The body is not JSON but an XML-serialised .NET string; send one JSON object in UTF-8.',
  },
  {
    is: (body) => isWide(body, 4),
    problem: 'The body is UTF-32; send JSON encoded as UTF-8.',
  },
  {
    is: (body) => isWide(body, 2),
    problem: 'The body is UTF-16, not UTF-8; send JSON encoded as UTF-8.',
  },
  {
    is: (body) => body[0] === 0x1f && body[1] === 0x8b,
    problem: 'The body is compressed with gzip; send the JSON itself, encoded as UTF-8.',
  },
  {
    is: (body) => !isUtf8(body),
    problem: 'The body is not UTF-8; send JSON encoded as UTF-8.',
  },
  {
    is: isBase64OfObject,
    problem: 'The body is base64 of a JSON object; send the JSON object itself, not encoded.',
  },
];

/** Says what a body is instead of UTF-8 text that may be JSON, and what to send; undefined if it is such text. */
export function wrongFormatOf(body: Uint8Array): string | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return wrongFormats.find(({ is }) => is(bytes))?.problem;
}

/** UTF-16 or UTF-32 of either byte order: a byte order mark or an ASCII character in so many bytes. */
function isWide(body: Buffer, width: 2 | 4): boolean {
  const start = body.subarray(0, width);
  return [start, Buffer.from(start).reverse()].some((littleEndian) => {
    if (littleEndian.length < width) return false;
    const character = littleEndian.readUIntLE(0, width);
    return character === 0xfeff || (character > 0 && character < 0x7f);
  });
}

function isBase64OfObject(body: Buffer): boolean {
  const text = body
    .toString('latin1')
    .trim()
    .replace(/^"(.*)"$/s, '$1');
  if (!/^[\w+/-]+={0,2}$/.test(text)) return false;
  const decoded = Buffer.from(text, 'base64');
  return wrongFormatOf(decoded) !== undefined
    ? isWide(decoded, 2)
    : Object.keys(asObject(parseJson(decoded.toString()))).length > 0;
}
