/** ETags of what is shown: whoever has it already is told so, without its bytes. */
import { createHash } from 'node:crypto';
import type { HttpRequest, HttpResponseInit } from '@azure/functions';

/** The answer with its ETag, or 304 where the request names that one. */
export function withEtag(request: HttpRequest, answer: HttpResponseInit): HttpResponseInit {
  const { status = 200, jsonBody, body } = answer;
  if (request.method !== 'GET' || status !== 200) return answer;
  const bytes = body === undefined ? JSON.stringify(jsonBody) : (body as Buffer);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  const headers = { etag, 'cache-control': 'private, no-cache' };
  if (knows(request.headers.get('if-none-match') ?? '', etag)) return { status: 304, headers };
  return { ...answer, headers: { ...(answer.headers as Record<string, string>), ...headers } };
}

function knows(ifNoneMatch: string, etag: string): boolean {
  const named = ifNoneMatch.split(',').map((one) => one.trim().replace(/^W\//, ''));
  return named.includes(etag) || named.includes('*');
}
