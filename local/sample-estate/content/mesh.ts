/**
 * Tooth-like surfaces as binary STL and binary PLY: a crown whose radius swells and whose rim carries four cusps,
 * sampled on a grid and cut off after as many triangles as the wanted size holds, like an intra-oral scan.
 * Invariant: every file parses (counts match the bytes that follow); a PLY has exactly the wanted size.
 */
import type { Random } from '../random.ts';

interface Grid {
  readonly columns: number;
  readonly positions: Float32Array;
}

const stlHeaderBytes = 84;
const stlTriangleBytes = 50;
const plyVertexBytes = 12;
const plyFaceBytes = 13;

/** A binary STL of at least `size` bytes and less than 50 more. */
export function stlMesh(random: Random, size: number): Buffer {
  const triangles = Math.max(1, Math.ceil((size - stlHeaderBytes) / stlTriangleBytes));
  const grid = toothGrid(random, triangles);
  const bytes = Buffer.alloc(stlHeaderBytes + triangles * stlTriangleBytes);
  bytes.write(`intra-oral scan ${random.uuid()}`, 0, 'latin1');
  bytes.writeUInt32LE(triangles, 80);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let index = 0; index < triangles; index++) {
    writeStlTriangle(view, stlHeaderBytes + index * stlTriangleBytes, grid, index);
  }
  return bytes;
}

/** A binary little-endian PLY of exactly `size` bytes (at least 600). */
export function plyMesh(random: Random, size: number): Buffer {
  const comment = `comment intra-oral scan ${random.uuid()}`;
  const wanted = Math.ceil((size - 250) / (plyVertexBytes / 2 + plyFaceBytes)) + 4;
  const grid = toothGrid(random, wanted);
  const vertices = grid.positions.length / 3;
  const room = size - plyHeader(comment, vertices, wanted).length - vertices * plyVertexBytes;
  const faces = Math.max(0, Math.min(wanted, Math.floor(room / plyFaceBytes)));
  const bare = plyHeader(comment, vertices, faces).length + vertices * plyVertexBytes + faces * plyFaceBytes;
  if (bare > size) throw new RangeError(`a PLY mesh needs more than ${size} bytes`);
  const header = plyHeader(comment + ' '.repeat(size - bare), vertices, faces);
  return writePly(header, grid, vertices, faces, size);
}

function plyHeader(comment: string, vertices: number, faces: number): Buffer {
  return Buffer.from(
    `ply\nformat binary_little_endian 1.0\n${comment}\nelement vertex ${vertices}\n` +
      `property float x\nproperty float y\nproperty float z\nelement face ${faces}\n` +
      `property list uchar int vertex_indices\nend_header\n`,
    'latin1',
  );
}

function writePly(header: Buffer, grid: Grid, vertices: number, faces: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  header.copy(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let offset = header.length;
  for (const coordinate of grid.positions) {
    view.setFloat32(offset, coordinate, true);
    offset += 4;
  }
  for (let index = 0; index < faces; index++) {
    view.setUint8(offset, 3);
    for (let corner = 0; corner < 3; corner++) {
      view.setInt32(offset + 1 + corner * 4, cornerVertex(grid, index, corner), true);
    }
    offset += plyFaceBytes;
  }
  return bytes;
}

/** A grid with room for at least that many triangles; coordinates in millimetres. */
function toothGrid(random: Random, triangles: number): Grid {
  const quads = Math.ceil(triangles / 2);
  const columns = Math.max(2, Math.ceil(Math.sqrt(quads)));
  const rows = Math.ceil(quads / columns);
  const positions = new Float32Array((rows + 1) * (columns + 1) * 3);
  const width = 3 + random.fraction() * 3;
  const height = 6 + random.fraction() * 4;
  const cusp = 0.4 + random.fraction() * 0.8;
  let offset = 0;
  for (let row = 0; row <= rows; row++) {
    const rise = row / rows;
    const radius = width * (0.7 + 0.35 * Math.sin(Math.PI * rise));
    const rim = cusp * rise ** 6;
    for (let column = 0; column <= columns; column++) {
      const angle = (2 * Math.PI * column) / columns;
      const noise = (random.uint32() & 0xff) / 25_600;
      positions[offset++] = (radius + noise) * Math.cos(angle);
      positions[offset++] = (radius * 0.85 + noise) * Math.sin(angle);
      positions[offset++] = height * rise + rim * Math.cos(4 * angle);
    }
  }
  return { columns, positions };
}

/** The grid's vertex at a corner of a triangle: two triangles share each quad. */
function cornerVertex(grid: Grid, triangle: number, corner: number): number {
  const quad = triangle >> 1;
  const row = Math.floor(quad / grid.columns);
  const first = row * (grid.columns + 1) + (quad % grid.columns);
  const above = first + grid.columns + 1;
  if (triangle % 2 === 0) return corner === 0 ? first : corner === 1 ? first + 1 : above;
  return corner === 0 ? first + 1 : corner === 1 ? above + 1 : above;
}

function writeStlTriangle(view: DataView, offset: number, grid: Grid, triangle: number): void {
  const points = grid.positions;
  const a = cornerVertex(grid, triangle, 0) * 3;
  const b = cornerVertex(grid, triangle, 1) * 3;
  const c = cornerVertex(grid, triangle, 2) * 3;
  writeNormal(view, offset, points, a, b, c);
  for (let axis = 0; axis < 3; axis++) {
    view.setFloat32(offset + 12 + axis * 4, points[a + axis] as number, true);
    view.setFloat32(offset + 24 + axis * 4, points[b + axis] as number, true);
    view.setFloat32(offset + 36 + axis * 4, points[c + axis] as number, true);
  }
}

function writeNormal(view: DataView, offset: number, p: Float32Array, a: number, b: number, c: number): void {
  const ux = (p[b] as number) - (p[a] as number);
  const uy = (p[b + 1] as number) - (p[a + 1] as number);
  const uz = (p[b + 2] as number) - (p[a + 2] as number);
  const vx = (p[c] as number) - (p[a] as number);
  const vy = (p[c + 1] as number) - (p[a + 1] as number);
  const vz = (p[c + 2] as number) - (p[a + 2] as number);
  const [x, y, z] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
  const length = Math.sqrt(x * x + y * y + z * z) || 1;
  view.setFloat32(offset, x / length, true);
  view.setFloat32(offset + 4, y / length, true);
  view.setFloat32(offset + 8, z / length, true);
}
