/**
 * Laboratory paperwork as PDF 1.4: one page of text and, when there is room, a scanned attachment as a grey image.
 * Invariant: the cross-reference table points at every object, so that the document opens, and the file has exactly
 * the wanted size (at least 1,100 bytes).
 */
import type { Random } from '../random.ts';
import { words } from '../vocabulary.ts';
import { paintRadiograph } from './radiograph.ts';

const largestText = 6_000;
const smallestScan = 4_096;

/** A PDF document of exactly `size` bytes. */
export function pdfDocument(random: Random, size: number): Buffer {
  const withScan = size > smallestScan + largestText;
  const text = pageText(random, withScan ? largestText : size - 960, withScan);
  const scan = withScan ? scanImage(random, size - text.length - 1_400) : undefined;
  const objects = documentObjects(text, scan);
  const padding = size - assemble(objects, 0).length;
  if (padding < 0) throw new RangeError(`a PDF document needs more than ${size} bytes`);
  return assemble(objects, padding);
}

function documentObjects(text: Buffer, scan: { image: Buffer } | undefined): Buffer[] {
  const resources = scan ? '/Font << /F1 4 0 R >> /XObject << /Im1 6 0 R >>' : '/Font << /F1 4 0 R >>';
  const objects = [
    ascii('<< /Type /Catalog /Pages 2 0 R >>'),
    ascii('<< /Type /Pages /Kids [3 0 R] /Count 1 >>'),
    ascii(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << ${resources} >> /Contents 5 0 R >>`,
    ),
    ascii('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'),
    stream('', text),
  ];
  return scan ? [...objects, scan.image] : objects;
}

function pageText(random: Random, room: number, withScan: boolean): Buffer {
  const lines = ['BT /F1 9 Tf 50 800 Td 11 TL', `(Reference ${random.uuid()}) Tj T*`];
  const close = withScan ? 'ET\nq 480 0 0 300 50 40 cm /Im1 Do Q' : 'ET';
  let length = lines.join('\n').length + close.length + 2;
  for (let line = 0; line < 66; line++) {
    const next = `(${words(random, 9)}) Tj T*`;
    length += next.length + 1;
    if (length > room) break;
    lines.push(next);
  }
  return ascii([...lines, close].join('\n'));
}

function scanImage(random: Random, room: number): { image: Buffer } {
  const width = Math.max(16, Math.floor(Math.sqrt(room * 1.6)));
  const height = Math.max(1, Math.floor(room / width));
  const pixels = Buffer.alloc(width * height);
  paintRadiograph(random, pixels, width, 0);
  const entries = `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceGray /BitsPerComponent 8 `;
  return { image: stream(entries, pixels) };
}

function stream(entries: string, data: Buffer): Buffer {
  return Buffer.concat([
    ascii(`<< ${entries}/Length ${data.length} >>\nstream\n`),
    data,
    ascii('\nendstream'),
  ]);
}

function assemble(objects: readonly Buffer[], padding: number): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  const offsets: number[] = [];
  let length = parts[0]?.length ?? 0;
  objects.forEach((object, index) => {
    offsets.push(length);
    const part = Buffer.concat([ascii(`${index + 1} 0 obj\n`), object, ascii('\nendobj\n')]);
    parts.push(part);
    length += part.length;
  });
  const filler = ascii(`%${'-'.repeat(padding)}\n`);
  parts.push(filler, crossReference(offsets, length + filler.length));
  return Buffer.concat(parts);
}

function crossReference(offsets: readonly number[], position: number): Buffer {
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = offsets.length + 1;
  // Of fixed width, so that padding the document moves the table without changing its length.
  const start = String(position).padStart(10, '0');
  return ascii(
    `xref\n0 ${size}\n0000000000 65535 f \n${entries}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`,
  );
}

function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
