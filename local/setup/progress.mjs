/**
 * Says on stderr that something takes time: nothing for what ends within two seconds, one rewritten line on a terminal,
 * one line every ten seconds elsewhere (so that a log of a build server shows life without being flooded).
 */
const SILENT_MS = 2_000;
const TERMINAL_INTERVAL_MS = 1_000;
const LOG_INTERVAL_MS = 10_000;

/** Starts reporting `text`; `done()` clears the terminal's line and returns the milliseconds passed. */
export function startProgress(text, stream = process.stderr) {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1_000);
  let shown = false;
  const show = () => {
    shown = true;
    stream.write(stream.isTTY ? `\r\x1b[K${text} … ${seconds()} s` : `${text} … ${seconds()} s\n`);
  };
  let interval;
  const first = setTimeout(() => {
    show();
    interval = setInterval(show, stream.isTTY ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS);
  }, SILENT_MS);
  return {
    done() {
      clearTimeout(first);
      clearInterval(interval);
      if (shown && stream.isTTY) stream.write('\r\x1b[K');
      return performance.now() - startedAt;
    },
  };
}

/** `12.3 s` from milliseconds. */
export const inSeconds = (milliseconds) => `${(milliseconds / 1_000).toFixed(1)} s`;
