/**
 * Pixels that look like a dental radiograph: a bright arch on dark ground under sensor noise, 8 bits of grey.
 * Invariant: the noise keeps the picture from compressing much below three quarters of its pixels.
 */
import type { Random } from '../random.ts';

/** Fills `target` with rows of `width` pixels; `margin` bytes before each row are left as they are. */
export function paintRadiograph(random: Random, target: Uint8Array, width: number, margin: number): void {
  const stride = width + margin;
  const rows = Math.floor(target.length / stride);
  const centre = width * (0.4 + random.fraction() * 0.2);
  for (let row = 0; row < rows; row++) {
    const start = row * stride + margin;
    const glow = 40 + 120 * Math.sin((Math.PI * row) / rows);
    for (let column = 0; column < width; column += 4) {
      const distance = Math.abs(column - centre) / width;
      const base = glow * (1 - distance);
      const noise = random.uint32();
      const last = Math.min(4, width - column);
      for (let pixel = 0; pixel < last; pixel++) {
        target[start + column + pixel] = base + ((noise >>> (pixel * 8)) & 0x3f);
      }
    }
  }
}
