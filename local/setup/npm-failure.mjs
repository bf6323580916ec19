/**
 * Reads what npm printed when an installation failed and decides three things: what to tell a person, what to do next,
 * and whether trying again could help.
 */

/** Said of a full disk, by npm or by the file system. */
export const diskFull = {
  message: 'The disk is full: the dependencies could not be written (they take about 700 MB).',
  next: 'free some space, then run the same command again.',
};

/** Failures by what npm prints, the most specific first. */
const failures = [
  {
    pattern: /\bENOSPC\b|no space left on device/i,
    ...diskFull,
  },
  {
    pattern: /\bEDQUOT\b/,
    message:
      'The disk quota of this account is used up: npm could not write the dependencies (about 700 MB).',
    next: 'free some space, then run the same command again.',
  },
  {
    pattern: /\bEROFS\b/,
    message: 'npm could not write: the file system is read-only.',
    next: 'clone into a folder that can be written.',
  },
  {
    pattern: /\bEACCES\b|\bcode EPERM\b/,
    message: 'npm may not write where it has to.',
    next: 'run as the account that owns the folder, with a HOME that it may write (or npm_config_cache set to such a folder).',
    detail: true,
  },
  {
    pattern: /\bcode EUSAGE\b/,
    message: 'package.json and package-lock.json do not agree.',
    next: 'restore both with git; after a change of dependencies run `npm install` under Node 24.',
    detail: true,
  },
  {
    pattern: /\bcode E40[13]\b/,
    message: 'The npm registry refused this account.',
    next: 'check the registry and its token in .npmrc (`npm config get registry`).',
    detail: true,
  },
  {
    pattern: /SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|CERT_HAS_EXPIRED|ERR_TLS_CERT/,
    message: "The npm registry's certificate is not trusted here.",
    next: 'behind an inspecting proxy, set NODE_EXTRA_CA_CERTS (or npm `cafile`) to its CA file.',
    detail: true,
  },
  {
    pattern:
      /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|E?IDLETIMEOUT|ERR_SOCKET_TIMEOUT)\b/,
    message: 'The npm registry cannot be reached.',
    next: 'check the network and the registry (`npm config get registry`, HTTPS_PROXY), then run the same command again.',
    detail: true,
    retry: true,
  },
  {
    pattern: /\bcode E404\b|\bETARGET\b/,
    message: 'The npm registry does not have a package that package-lock.json asks for.',
    next: 'check which registry is used (`npm config get registry`); a mirror may be behind.',
    detail: true,
  },
];

const unknown = {
  message: 'npm could not install the dependencies.',
  next: 'see what npm says above; then run the same command again.',
  detail: true,
  retry: true,
};

const DETAIL_LINES = 6;

/** `{ message, next, retry }` for the output of a failed npm; the message ends with npm's own lines where they help. */
export function explainNpmFailure(output) {
  const found = failures.find(({ pattern }) => pattern.test(output)) ?? unknown;
  const lines = found.detail ? npmErrorLines(output) : [];
  return {
    message: [found.message, ...lines.map((line) => `  ${line}`)].join('\n'),
    next: found.next,
    retry: found.retry === true,
  };
}

/** npm's error lines without their prefix, its usage text, its log's path and stack traces. */
function npmErrorLines(output) {
  const lines = output
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!)\s?/, '').trimEnd())
    .filter((line) => line.trim() !== '' && !/^npm (warn|notice)|^\s+(at |\w+:)|A complete log/.test(line));
  const usage = lines.findIndex((line) => /^(Clean install a project|Usage:)/.test(line));
  return lines.slice(0, usage === -1 ? undefined : usage).slice(0, DETAIL_LINES);
}
