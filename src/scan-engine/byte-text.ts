/** Short ASCII texts that are compared with bytes, or looked for among them, without a string or a call for each. */

const wordBytes = 4;

/** A text of at least four characters that is compared four bytes at a time. */
export class FixedText {
  readonly length: number;
  /** Where each word stands; the last one may begin within the one before it. */
  readonly #places: readonly number[];
  readonly #words: readonly number[];

  constructor(text: string) {
    const bytes = Buffer.from(text, 'latin1');
    this.length = bytes.length;
    const words = Array.from({ length: Math.ceil(bytes.length / wordBytes) });
    this.#places = words.map((_, index) => Math.min(index * wordBytes, bytes.length - wordBytes));
    this.#words = this.#places.map((place) => bytes.readUInt32LE(place));
  }

  /** Whether the text stands at this place, behind which the view must have as many bytes. */
  isAt(view: DataView, at: number): boolean {
    for (let index = 0; index < this.#words.length; index += 1)
      if (view.getUint32(at + (this.#places[index] ?? 0), true) !== this.#words[index]) return false;
    return true;
  }
}

/** A text that is looked for from its last character on (Horspool's way): most bytes are never looked at. */
export class SoughtText {
  readonly #bytes: Buffer;
  /** How far on it is looked for next, by the byte that stands where the last character might. */
  readonly #steps: Uint8Array;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'latin1');
    this.#steps = new Uint8Array(256).fill(this.#bytes.length);
    for (const [index, byte] of this.#bytes.subarray(0, -1).entries())
      this.#steps[byte] = this.#bytes.length - 1 - index;
  }

  /** Behind the first place between `from` and `to` where the text stands; -1 if it does not. */
  endIn(bytes: Buffer, from: number, to: number): number {
    const last = this.#bytes.length - 1;
    for (let at = from + last; at < to; at += this.#steps[bytes[at] ?? 0] ?? 1)
      if (bytes[at] === this.#bytes[last] && this.#isAt(bytes, at - last)) return at + 1;
    return -1;
  }

  #isAt(bytes: Buffer, from: number): boolean {
    for (let index = 0; index < this.#bytes.length; index += 1)
      if (bytes[from + index] !== this.#bytes[index]) return false;
    return true;
  }
}
