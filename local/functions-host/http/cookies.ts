/** Cookies of a function's response as Set-Cookie headers. */
import type { CookieData } from '../app/programming-model.ts';

const sameSiteNames = new Map([
  ['strict', 'strict'],
  ['lax', 'lax'],
  ['explicitNone', 'none'],
]);

/** The value of a Set-Cookie header. */
export function formatCookie(cookie: CookieData): string {
  const sameSite = sameSiteNames.get(cookie.sameSite ?? '');
  const parts = [
    `${cookie.name}=${encodeURIComponent(cookie.value)}`,
    cookie.maxAge && `Max-Age=${cookie.maxAge.value}`,
    cookie.expires && `Expires=${new Date(cookie.expires.value.seconds * 1000).toUTCString()}`,
    cookie.domain && `Domain=${cookie.domain.value}`,
    cookie.path && `Path=${cookie.path.value}`,
    cookie.secure?.value && 'Secure',
    cookie.httpOnly?.value && 'HttpOnly',
    sameSite && `SameSite=${sameSite}`,
  ];
  return parts.filter((part) => typeof part === 'string').join('; ');
}
