/** The dates of HTTP headers and listings (`Mon, 01 Jun 2026 10:00:00 GMT`) as seconds since 1970. */

const months: Readonly<Record<string, number>> = {
  Jan: 0,
  Feb: 1,
  Mar: 2,
  Apr: 3,
  May: 4,
  Jun: 5,
  Jul: 6,
  Aug: 7,
  Sep: 8,
  Oct: 9,
  Nov: 10,
  Dec: 11,
};

/** Places in a date, each with the character that stands there: two colons and ` GMT`. */
const form = Uint8Array.of(19, 0x3a, 22, 0x3a, 25, 0x20, 26, 0x47, 27, 0x4d, 28, 0x54);
const dayLength = 11;

/** Reads such dates; days are remembered, because a listing repeats them by the thousand. */
export class HttpDates {
  readonly #day = Buffer.alloc(dayLength);
  #dayStart = 0;

  /** The seconds of the date that begins at `at`; undefined for text of another form, and for no real date or time. */
  seconds(text: string, at: number): number | undefined {
    return this.secondsOf(Buffer.from(text.slice(at, at + 29)), 0);
  }

  /** As `seconds`, of bytes. */
  secondsOf(bytes: Buffer, at: number): number | undefined {
    for (let index = 0; index < form.length; index += 2)
      if (bytes[at + (form[index] ?? 0)] !== form[index + 1]) return undefined;
    if (!this.#isSameDay(bytes, at + 5) && !this.#turnTo(bytes, at + 5)) return undefined;
    const hours = twoDigits(bytes, at + 17);
    const minutes = twoDigits(bytes, at + 20);
    const seconds = twoDigits(bytes, at + 23);
    if (!(hours < 24 && minutes < 60 && seconds < 61)) return undefined;
    return this.#dayStart + hours * 3600 + minutes * 60 + seconds;
  }

  #isSameDay(bytes: Buffer, at: number): boolean {
    for (let index = 0; index < dayLength; index += 1)
      if (bytes[at + index] !== this.#day[index]) return false;
    return true;
  }

  /** Remembers another day; `false` if it is none. */
  #turnTo(bytes: Buffer, at: number): boolean {
    const start = startOf(bytes.toString('latin1', at, at + dayLength));
    if (start === undefined) return false;
    this.#dayStart = start;
    bytes.copy(this.#day, 0, at, at + dayLength);
    return true;
  }
}

function startOf(day: string): number | undefined {
  const [, date = '', name = '', year = ''] = /^(\d\d) (\w{3}) (\d{4})$/.exec(day) ?? [];
  const month = months[name];
  if (month === undefined) return undefined;
  const milliseconds = Date.UTC(Number(year), month, Number(date));
  return new Date(milliseconds).getUTCDate() === Number(date) ? milliseconds / 1000 : undefined;
}

/** The number that two digits make; not a number if they are none. */
function twoDigits(bytes: Buffer, at: number): number {
  const tens = (bytes[at] ?? 0) - 0x30;
  const ones = (bytes[at + 1] ?? 0) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
