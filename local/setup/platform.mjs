/**
 * Decides whether this machine can run the embedded stack: both Node 24 and PostgreSQL come as binaries, so that only
 * platforms for which both exist (and that signal processes the POSIX way) are accepted.
 */

/** The supported platforms, as `${process.platform}-${process.arch}`. */
export const supportedPlatforms = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

const names = 'Linux with glibc (x64, arm64) and macOS (x64, arm64)';

/** A message and the next step when the platform is unsupported, otherwise undefined. */
export function platformProblem(platform, arch) {
  if (supportedPlatforms.includes(`${platform}-${arch}`)) return undefined;
  return {
    message: `Lifeboat's embedded stack does not run on ${platform} ${arch}. Supported: ${names}.`,
    next:
      platform === 'win32'
        ? 'run it inside WSL 2 (https://learn.microsoft.com/windows/wsl/install) or in a Linux container.'
        : 'run it on a supported machine or in a Linux container on one.',
  };
}

/** A message and the next step when the C library is not glibc, otherwise undefined; asked before installing only. */
export function libcProblem(platform, report) {
  if (platform !== 'linux' || report.header.glibcVersionRuntime !== undefined) return undefined;
  return {
    message: `Lifeboat's embedded stack needs glibc; this Linux uses another C library (musl?). Supported: ${names}.`,
    next: 'use an image with glibc, for example node:24-bookworm instead of node:24-alpine.',
  };
}

/** The report of the running Node, without the look-ups of network names that would make it slow. */
export function nodeReport() {
  process.report.excludeNetwork = true;
  return process.report.getReport();
}
