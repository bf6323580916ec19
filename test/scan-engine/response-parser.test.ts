import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headEnd, headerOf, readHead, type ResponseHead } from '../../src/scan-engine/response-head.ts';
import { ResponseParser } from '../../src/scan-engine/response-parser.ts';
import { budget } from '../budget.ts';
import { answer, chunkedAnswer } from '../support/scan-server.ts';

/** What a parser tells of bytes that come in pieces of these lengths, the last one again and again. */
function parsed(
  bytes: Buffer,
  pieces: readonly number[],
): { status: number; body: string; whole: boolean }[] {
  const answers: { status: number; body: string; whole: boolean }[] = [];
  let open = { status: 0, body: '', whole: false };
  const parser = new ResponseParser({
    onHead: ({ status }) => (open = { status, body: '', whole: false }),
    onBody(part, isWhole) {
      open.body += part.toString('latin1');
      open.whole = isWhole;
    },
    onEnd: () => answers.push(open),
  });
  // The buffer is larger than what came, as a socket's is; what lies behind must not be looked at.
  const buffer = Buffer.alloc(bytes.length + 64, '\r\n\r\n');
  for (let from = 0, index = 0; from < bytes.length; index += 1) {
    const length = Math.min(pieces[Math.min(index, pieces.length - 1)] ?? 1, bytes.length - from);
    bytes.copy(buffer, 0, from, from + length);
    parser.push(buffer, length);
    from += length;
  }
  return answers;
}

describe('an answer', () => {
  const bodies = ['', 'x', 'line\r\n\r\nline', '0\r\n\r\n', 'a'.repeat(5_000)];

  test.each(bodies)('with the body %j is the same wherever it is cut', (body) => {
    const bytes = answer(200, body);
    const expected = [{ status: 200, body }];
    for (let at = 1; at < bytes.length; at += bytes.length > 1_000 ? 37 : 1)
      expect(parsed(bytes, [at, bytes.length])).toMatchObject(expected);
    expect(parsed(bytes, [1])).toMatchObject(expected);
    expect(parsed(bytes, [bytes.length])).toEqual([{ status: 200, body, whole: body !== '' }]);
  });

  test('in chunks is the same whatever the chunks and the pieces are', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (text, chunkBytes, pieces) => {
          const bytes = chunkedAnswer(text, chunkBytes);
          expect(parsed(bytes, pieces)).toMatchObject([
            { status: 200, body: Buffer.from(text).toString('latin1'), whole: false },
          ]);
        },
      ),
      { numRuns: budget.policyProperties },
    );
  });

  test('with status 204 or 304 has no body, whatever it says', () => {
    for (const status of [204, 304])
      expect(parsed(answer(status, '', { 'Content-Length': 10 }), [1_000])).toMatchObject([
        { status, body: '' },
      ]);
  });

  test('follows the one before on the same connection', () => {
    const answers: number[] = [];
    const nothing = (): void => undefined;
    const parser = new ResponseParser({
      onHead: ({ status }) => answers.push(status),
      onBody: nothing,
      onEnd: nothing,
    });
    for (const status of [200, 404, 200]) {
      const bytes = answer(status, 'body');
      parser.push(bytes, bytes.length);
    }
    expect(answers).toEqual([200, 404, 200]);
  });
});

test.each([
  [
    'a chunk without a size',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'a chunk has no size',
  ],
  [
    'a chunk that is too long',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
    'longer than it says',
  ],
  [
    'a line between chunks without an end',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1${';'.repeat(5_000)}`,
    'too long',
  ],
  [
    'a bare line feed between chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\n',
    'ends badly',
  ],
  ['a header without an end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`, 'header is too long'],
  ['something after the answer', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab', 'more came'],
])('%s is refused', (_title, text, message) => {
  // What comes after an answer in a piece of its own is none of the parser's business: the connection looks at it.
  for (const pieces of message === 'more came' ? [[100_000]] : [[1], [7], [100_000]])
    expect(() => parsed(Buffer.from(text), pieces)).toThrow(message);
});

/** The head of these lines, read where it stands among other bytes. */
function headOf(lines: string): ResponseHead {
  const bytes = Buffer.from(`before\r\n\r\n${lines}\r\nbehind\r\n\r\n`);
  return readHead(bytes, 10, headEnd(bytes, 10, bytes.length));
}

test('headers are found by their names in whatever case', () => {
  const head = headOf('HTTP/1.1 503 Busy\r\nretry-AFTER:  7 \r\nCONTENT-length: 3\r\nConnection: Close\r\n');
  expect(head).toMatchObject({ status: 503, length: 3, chunked: false, closes: true });
  expect(headerOf(head, 'retry-after')).toBe('7');
  expect(headerOf(head, 'retry')).toBeUndefined();
  expect(headOf('HTTP/1.0 200 OK\r\n')).toMatchObject({ closes: true, length: undefined });
});

test('the end of a head is found wherever it is, and not before it is there', () => {
  const line = fc.string({ unit: fc.constantFrom('a', '\r', '\n'), maxLength: 12 });
  fc.assert(
    fc.property(line, fc.nat(5), fc.nat(6), (text, from, less) => {
      const bytes = Buffer.from(`${text}\r\n\r\n`);
      const to = bytes.length - less;
      const found = bytes.subarray(0, to).indexOf('\r\n\r\n', from);
      expect(headEnd(bytes, from, to)).toBe(found < 0 ? -1 : found + 4);
    }),
    { numRuns: 10 * budget.policyProperties },
  );
});

test.each([
  ['Content-Length: 5', { length: 5 }],
  ['Content-Length:5\t', { length: 5 }],
  ['content-LENGTH:   123456789012345  ', { length: 123_456_789_012_345 }],
  ['Content-Lengths: 5', { length: undefined }],
  ['Content\rLength: 5', { length: undefined }],
  ['X: \rContent-Length: 5', { length: undefined }],
  ['Content-Encoding: gzip', { isEncoded: true }],
  ['Connection: keep-alive', { closes: false }],
  ['Connection: Upgrade, close', { closes: true }],
  ['Transfer-Encoding: Chunked', { chunked: true }],
])('the line %j says how an answer is framed', (line, expected) => {
  expect(headOf(`HTTP/1.1 200 OK\r\nA: b\r\n${line}\r\nC: d\r\n`)).toMatchObject(expected);
});

test.each(['', ' ', '5 5', '+5', '5,5', '-1', '0x5', '1234567890123456'])(
  'the length %j is refused',
  (length) => {
    expect(() => headOf(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n`)).toThrow('length is');
  },
);
