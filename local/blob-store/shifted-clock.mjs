/**
 * Preloaded into the blob store for a moment, at the first start only: shifts its clock by LIFEBOAT_CLOCK_SHIFT_MS, so
 * that snapshots of blobs can be made that really were made days ago by the store's own record.
 */
const shift = Number(process.env.LIFEBOAT_CLOCK_SHIFT_MS ?? '0');
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [RealDate.now() + shift] : parts));
  }

  static now() {
    return RealDate.now() + shift;
  }
};
