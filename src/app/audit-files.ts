/** The files of an audit log as they are, so that whoever asks can verify them without trusting this app. */
import type { Dependencies } from '../activities/dependencies.ts';
import { scoped } from '../activities/scope.ts';
import {
  auditFile,
  type AuditFile,
  type AuditFileKind,
  type AuditFiles,
  type AuditPart,
} from '../contracts/audit.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { firstOfSegment, unchainedSegment } from '../policy/audit-chain.ts';
import { Failure } from '../policy/failure.ts';
import type { LogSegments } from '../ports/log-segments.ts';

const partBytes = 1024 * 1024;

/** Every file of a log. Checkpoints are listed first: whatever they stand for is in the segments then. */
export async function viewAuditFiles(deps: Dependencies, system: string): Promise<AuditFiles> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const files: AuditFile[] = [];
  for (const kind of ['copies', 'checkpoints', 'keys'] as const)
    files.push(...(await filesOf(deps, scope, kind)));
  for (const file of await filesOf(deps, scope, 'segments')) {
    if (firstOfSegment(file.name) !== undefined) files.push(file);
    else if (unchainedSegment.test(file.name)) files.push({ ...file, kind: 'unchained' });
  }
  return { schema: 'lifeboat/audit-files/v1', ...scope, at: isoOf(deps.clock.now()), files };
}

async function filesOf(deps: Dependencies, scope: Scope, kind: AuditFileKind): Promise<AuditFile[]> {
  const { log, prefix } = placeOf(deps, scope, kind);
  const files: AuditFile[] = [];
  for await (const { path, bytes } of log.listSegments(prefix)) {
    const file = auditFile.safeParse({ kind, name: path.slice(prefix.length), bytes });
    if (file.success) files.push(file.data);
  }
  return files;
}

/** Some bytes of a file, from one of them on. */
export async function viewAuditPart(
  deps: Dependencies,
  system: string,
  file: Pick<AuditFile, 'kind' | 'name'>,
  from: number,
): Promise<AuditPart> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const { log, prefix } = placeOf(deps, scope, file.kind);
  const path = `${prefix}${file.name}`;
  let total: number | undefined;
  for await (const one of log.listSegments(path)) if (one.path === path) total = one.bytes;
  if (total === undefined)
    throw new Failure('not-found', `the audit log has no ${file.kind}/${file.name}`, 'List its files.');
  const data = from < total ? await bytesFrom(log, path, from) : Buffer.alloc(0);
  return { from, total, data: data.toString('base64') };
}

async function bytesFrom(log: LogSegments, path: string, from: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of await log.open(path, from)) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length >= partBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, partBytes);
}

const placeOf = (
  { segments, checkpoints, region }: Dependencies,
  scope: Scope,
  kind: AuditFileKind,
): { readonly log: LogSegments; readonly prefix: string } => {
  if (kind === 'keys') return { log: segments, prefix: vaultPaths.signingKeys(region) };
  if (kind === 'copies') return { log: segments, prefix: vaultPaths.auditCheckpoints(scope) };
  if (kind === 'checkpoints') return { log: checkpoints, prefix: vaultPaths.auditCheckpoints(scope) };
  return { log: segments, prefix: vaultPaths.auditSegments(scope) };
};
