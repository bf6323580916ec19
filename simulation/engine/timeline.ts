/** True time: what passes for everybody, whatever a host's clock says. Events fire in order of their instants. */

interface Entry {
  readonly at: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** Instants are epoch milliseconds. */
export class Timeline {
  #now: number;
  #order = 0;
  readonly #heap: Entry[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  get now(): number {
    return this.#now;
  }

  /** Calls back at an instant, at once if that is over; the returned function cancels. */
  at(instant: number, callback: () => void): () => void {
    const entry: Entry = { at: Math.max(instant, this.#now), order: (this.#order += 1), callback };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    return () => {
      entry.callback = undefined;
    };
  }

  /** Resolves after so many milliseconds. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.at(this.#now + milliseconds, resolve));
  }

  /** Goes to the next event and lets it happen; false if there is none before `limit`. */
  next(limit: number): boolean {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || first.at > limit) return false;
      this.#removeFirst();
      if (first.callback === undefined) continue;
      this.#now = first.at;
      first.callback();
      return true;
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at] as Entry, heap[parent] as Entry)) return;
      [heap[at], heap[parent]] = [heap[parent] as Entry, heap[at] as Entry];
      at = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && isBefore(heap[child] as Entry, heap[least] as Entry)) least = child;
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least] as Entry, heap[at] as Entry];
      at = least;
    }
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
