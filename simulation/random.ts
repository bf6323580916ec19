/**
 * Seeded randomness: every choice of a simulated world comes from here. The same seed and the same label give the
 * same numbers on every machine; streams of different labels do not disturb each other.
 */

/** A stream of random numbers (sfc32). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number, label: string) {
    let hash = 2_166_136_261 ^ seed;
    for (let at = 0; at < label.length; at += 1) hash = Math.imul(hash ^ label.charCodeAt(at), 16_777_619);
    this.#a = hash;
    this.#b = Math.imul(seed + 1, 2_654_435_761);
    this.#c = hash ^ 0x9e3779b9;
    for (let round = 0; round < 12; round += 1) this.next();
  }

  /** At least 0, less than 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return (sum >>> 0) / 4_294_967_296;
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** A whole number, at least `from` and less than `to`. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from));
  }

  /** One of the list, which must not be empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length)] as T;
  }

  /** 32 hexadecimal digits. */
  hex(): string {
    let text = '';
    for (let part = 0; part < 4; part += 1)
      text += ((this.next() * 4_294_967_296) >>> 0).toString(16).padStart(8, '0');
    return text;
  }
}
