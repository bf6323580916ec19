/** Where a storage account's geo secondary is read: the one rule, for host names and for path-style endpoints. */

const suffix = '-secondary';

/**
 * The blob endpoint of an account's secondary. `https://shop.blob.core.windows.net` has the account first in its host
 * name. An endpoint with a path has the account first in its path.
 */
export function secondaryOf(account: string): string {
  const url = new URL(account);
  if (url.pathname !== '/') {
    const [, name = '', ...rest] = url.pathname.split('/');
    url.pathname = ['', `${name}${suffix}`, ...rest].join('/');
  } else {
    const [name = '', ...rest] = url.hostname.split('.');
    url.hostname = [`${name}${suffix}`, ...rest].join('.');
  }
  return url.href.replace(/\/$/, '');
}
