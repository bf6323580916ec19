/**
 * The host's log: one line per entry, `instant level function message`, on a stream of the caller's choice.
 * Line breaks inside a message are escaped so that one entry never becomes two.
 */

const LEVELS = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'] as const;

/** Levels in rising order; `none` silences everything. */
export type LogLevel = (typeof LEVELS)[number];

/** Takes one entry; `functionName` is absent for the host's own entries. */
export type Logger = (level: LogLevel, message: string, functionName?: string) => void;

/** The level of that name, or undefined if there is none. */
export function parseLogLevel(text: string): LogLevel | undefined {
  return LEVELS.find((level) => level === text.toLowerCase());
}

/** A logger that writes entries at or above `threshold` as lines. */
export function createLineLogger(threshold: LogLevel, write: (line: string) => void): Logger {
  const lowest = LEVELS.indexOf(threshold);
  return (level, message, functionName) => {
    if (LEVELS.indexOf(level) < lowest) return;
    const text = message.replaceAll(/\r?\n/g, '\\n');
    write(`${new Date().toISOString()} ${level} ${functionName ?? 'host'} ${text}\n`);
  };
}
