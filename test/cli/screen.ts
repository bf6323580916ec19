/** As much of a terminal as live progress uses: what a person would see after what was written. */

// oxlint-disable-next-line no-control-regex -- escape sequences are what it reads
const sequence = /\u001B\[(\??\d*)([A-Za-z])|\r|\n|[^\u001B\r\n]/g;

export class Screen {
  cursorShown = true;
  readonly #rows: string[] = [''];
  #row = 0;
  #column = 0;

  /** The lines on the screen without blanks at their ends, the empty ones at the end left out. */
  lines(): string[] {
    const lines = this.#rows.map((row) => row.trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  write(text: string): void {
    for (const [found, parameter = '', command] of text.matchAll(sequence)) {
      if (command !== undefined) this.#obey(command, parameter);
      else if (found === '\r') this.#column = 0;
      else if (found === '\n') this.#newLine();
      else this.#put(found);
    }
  }

  #obey(command: string, parameter: string): void {
    const row = this.#rows[this.#row] ?? '';
    if (command === 'A') this.#row -= Number(parameter || 1);
    else if (command === 'K') this.#rows[this.#row] = row.slice(0, this.#column);
    else if (command === 'J') this.#rows.splice(this.#row, Infinity, row.slice(0, this.#column));
    else if (parameter === '?25') this.cursorShown = command === 'h';
    else if (command !== 'm') throw new Error(`the screen does not know ${command}`);
    if (this.#row < 0) throw new Error('the cursor left the screen');
  }

  #newLine(): void {
    this.#row += 1;
    this.#column = 0;
    this.#rows[this.#row] ??= '';
  }

  #put(character: string): void {
    const row = (this.#rows[this.#row] ?? '').padEnd(this.#column);
    this.#rows[this.#row] = row.slice(0, this.#column) + character + row.slice(this.#column + 1);
    this.#column += 1;
  }
}
