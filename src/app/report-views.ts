/** What the API shows of reports: one in each of its forms, byte for byte where it is one, and which there are. */
import type { Dependencies } from '../activities/dependencies.ts';
import { scoped } from '../activities/scope.ts';
import { needDocument, readDocument } from '../activities/vault-documents.ts';
import type { ReportsResponse } from '../contracts/api/reports.ts';
import { storedReport } from '../contracts/report.ts';
import { keyId, keyWithdrawal, signingKeyDocument, type SigningKeyFile } from '../contracts/signing.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { pageOf, type PageQuery } from './api/paging.ts';
import { parseCompactJws } from '../policy/jws.ts';

/** Media type of each form that a report can be had in. */
export const reportForms = {
  json: 'application/json',
  markdown: 'text/markdown; charset=utf-8',
  jws: 'application/jose',
  key: 'application/json',
} as const;
export type ReportForm = keyof typeof reportForms;

const usuallyListed = 50;

/** A report as it was finalized, its signature as it was made, or the public key of its signature. */
export async function viewReport(
  deps: Dependencies,
  system: string,
  drill: string,
  form: ReportForm,
): Promise<Buffer> {
  const { scope } = scoped(deps, { system, region: deps.region });
  if (!/^drill-\d{8}T\d{6}Z$/.test(drill))
    throw new Failure('bad-input', `"${drill}" is no drill`, 'Drills are named drill-yyyymmddThhmmssZ.');
  if (form === 'key') return Buffer.from(JSON.stringify(await keyOf(deps, scope, drill)));
  const paths = { json: 'report', markdown: 'reportMarkdown', jws: 'reportSignature' } as const;
  return bytesAt(deps, scope, drill, vaultPaths[paths[form]](scope, drill));
}

async function bytesAt(deps: Dependencies, scope: Scope, drill: string, path: string): Promise<Buffer> {
  const found = await deps.vault.read(path);
  if (found !== undefined) return found.bytes;
  const isThere = (await deps.vault.read(vaultPaths.report(scope, drill))) !== undefined;
  throw new Failure(
    'not-found',
    isThere
      ? `the report of ${drill} of ${scope.system} in ${scope.region} is not signed`
      : `there is no report of ${drill} of ${scope.system} in ${scope.region}`,
    isThere
      ? 'It is signed by itself once the key vault can be reached; see the runbook "report-unsigned".'
      : 'It has not ended yet, or never began: see lifeboat status.',
  );
}

/** The key that the signature names, and whether it was withdrawn. */
async function keyOf(deps: Dependencies, scope: Scope, drill: string): Promise<SigningKeyFile> {
  const path = vaultPaths.reportSignature(scope, drill);
  const jws = parseCompactJws((await bytesAt(deps, scope, drill, path)).toString('utf8'));
  const named = typeof jws === 'string' ? undefined : (jws.header as { kid?: unknown } | null)?.kid;
  const id = keyId.safeParse(named);
  if (!id.success)
    throw new Failure(
      'bad-document',
      `${path} in the vault is no signature that names a key`,
      'It was changed outside Lifeboat. Restore it from an earlier version of the blob.',
    );
  return keyNamed(deps, id.data);
}

/** A key that signs reports of this region, and what is known of its end. */
export async function keyNamed(deps: Dependencies, id: string): Promise<SigningKeyFile> {
  const key = await needDocument(deps.vault, vaultPaths.signingKey(deps.region, id), signingKeyDocument);
  const withdrawn = await readDocument(deps.vault, vaultPaths.keyWithdrawal(deps.region, id), keyWithdrawal);
  return withdrawn === undefined
    ? key
    : { ...key, withdrawn: { at: withdrawn.at, because: withdrawn.because } };
}

/** The newest reports of a system, the newest first. */
export async function viewReports(
  deps: Dependencies,
  system: string,
  query: PageQuery = {},
): Promise<ReportsResponse> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const prefix = vaultPaths.reports(scope);
  const [final, signed] = [new Set<string>(), new Set<string>()];
  for await (const path of deps.vault.list(prefix)) {
    const [drill = '', file] = path.slice(prefix.length).split('/');
    if (file === 'report.json') final.add(drill);
    if (file === 'report.jws') signed.add(drill);
  }
  const newest = [...final].toSorted().toReversed();
  const { page, ...more } = pageOf(newest, (id) => id, query, usuallyListed);
  const reports = await Promise.all(
    page.map(async (id) => ({
      ...{ id, signed: signed.has(id) },
      ...(await summaryOf(deps, scope, id)),
    })),
  );
  const older = newest.length - newest.indexOf(page.at(-1) ?? '') - 1;
  return { reports, older: page.length === 0 ? 0 : older, ...more };
}

type Summary = Omit<ReportsResponse['reports'][number], 'id' | 'signed'>;

async function summaryOf(deps: Dependencies, scope: Scope, drill: string): Promise<Summary> {
  try {
    const report = await needDocument(deps.vault, vaultPaths.report(scope, drill), storedReport);
    const { finalizedAt, result, recoveryPoint } = report;
    const number = report.schema === 'lifeboat/drill-report/v2' ? { number: report.number } : {};
    return { finalizedAt, result, point: recoveryPoint.id, ...number };
  } catch (thrown) {
    const failure = failureFrom(thrown);
    if (failure.code !== 'bad-document') throw thrown;
    return { unreadable: failure.message };
  }
}
