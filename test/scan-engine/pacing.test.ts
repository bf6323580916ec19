/** What paces the scan: the number of lanes, the rate, and the patience with a busy service. */
import { describe, expect, test } from 'vitest';
import { LaneControl } from '../../src/scan-engine/lane-control.ts';
import { RateLimit } from '../../src/scan-engine/rate-limit.ts';
import { defaultSettings } from '../../src/scan-engine/settings.ts';

/** Bytes of a blob. */
const [small, large] = [30_000, 33_000_000];

/** Lanes of a portion of which so many blobs may be read at once. */
function lanesFor(most: number, busy = { busyAnswers: 0 }): LaneControl {
  const lanes = new LaneControl(defaultSettings, busy);
  lanes.begin(most);
  return lanes;
}

describe('the number of lanes', () => {
  test('doubles while the thread has time left, up to what is allowed', () => {
    const lanes = lanesFor(100);
    const targets = [0.2, 0.2, 0.9, 0.84, 0.1].map((used) => {
      lanes.look(small, used);
      return lanes.target;
    });
    expect(targets).toEqual([32, 64, 64, 100, 100]);
  });

  test('is halved at each busy answer and grows again only after a while', () => {
    const busy = { busyAnswers: 3 };
    const lanes = lanesFor(64, busy);
    busy.busyAnswers = 4;
    lanes.look(small, 0);
    expect(lanes.target).toBe(8);
    for (let look = 0; look < 40; look += 1) lanes.look(small, 0);
    expect(lanes.target).toBe(8);
    lanes.look(small, 0);
    expect(lanes.target).toBe(16);
    for (let answers = 5; answers < 15; answers += 1) {
      busy.busyAnswers = answers;
      lanes.look(small, 0);
    }
    expect(lanes.target).toBe(1);
  });

  test('is never more than allowed, nor none', () => {
    expect(lanesFor(3).target).toBe(3);
    expect(lanesFor(0).target).toBe(1);
  });

  test('is kept from portion to portion, whatever one of them is allowed', () => {
    const lanes = lanesFor(64);
    lanes.look(small, 0);
    lanes.begin(1);
    expect(lanes.target).toBe(1);
    lanes.look(small, 0);
    expect(lanes.target).toBe(1);
    lanes.begin(64);
    expect(lanes.target).toBe(32);
  });

  test('is as low for large blobs as leaves the thread busy, and only for those', () => {
    const targetsOf = (bytes: number): number[] => {
      const lanes = lanesFor(64);
      return [1, 1, 1, 0.5, 1].map((used) => {
        lanes.look(bytes, used);
        return lanes.target;
      });
    };
    expect(targetsOf(large)).toEqual([8, 4, 4, 8, 4]);
    expect(targetsOf(small)).toEqual([16, 16, 16, 32, 32]);
    const few = lanesFor(2);
    few.look(large, 1);
    expect(few.target).toBe(2);
  });

  test('gives way to what other threads read at once', () => {
    const lanes = lanesFor(64);
    lanes.limit(10);
    expect(lanes.target).toBe(10);
    lanes.limit(64);
    expect(lanes.target).toBe(16);
  });
});

describe('a rate limit', () => {
  test('lets a tenth of a second through, and asks to wait for the rest', () => {
    let now = 0;
    const limit = new RateLimit(1_000, () => now);
    expect(limit.spend(100)).toBe(0);
    expect(limit.spend(50)).toBe(50);
    now = 50;
    expect(limit.spend(0)).toBe(0);
    expect(limit.spend(1_000)).toBe(1_000);
  });

  test('holds over any sequence of reads, however long nothing was read before', () => {
    let now = 1_000_000;
    const limit = new RateLimit(10_000, () => now);
    const startedAt = now;
    let bytes = 0;
    for (let read = 0; read < 500; read += 1) {
      const size = 1 + ((read * 7_919) % 4_000);
      now += limit.spend(size);
      bytes += size;
    }
    expect(bytes - 1_000).toBeLessThanOrEqual(((now - startedAt) / 1000) * 10_000 + 1);
  });

  test('reads in small pieces when it is low, and is more than nothing', () => {
    expect(new RateLimit(1).pieceBytes).toBe(4_096);
    expect(new RateLimit(64_000_000).pieceBytes).toBe(1_000_000);
    expect(() => new RateLimit(0)).toThrow(RangeError);
    expect(() => new RateLimit(Number.NaN)).toThrow(RangeError);
  });
});
