/** Verifies a signed report as a whole: its signature, its form, its plan, the report before it, its evidence. */
import { drillReport, storedReport, type DrillReport } from '../contracts/report.ts';
import { instantOf } from '../contracts/values.ts';
import { canonicalJson, digestOf } from '../policy/canonical-json.ts';
import { parseCompactJws } from '../policy/jws.ts';
import { checkEvidence } from './evidence.ts';
import { checkKeyTime, verifySignature, type Signed, type TrustedKey } from './signature.ts';
import type { Findings } from './findings.ts';

/** What is verified. Texts are what the files hold. */
export interface Given {
  /** The compact JWS; undefined if there is none. */
  readonly jws: string | undefined;
  /** The report beside it, where that is what was named. */
  readonly report: string | undefined;
  readonly keys: readonly TrustedKey[];
  /** The report before it: JSON or JWS. */
  readonly previous: string | undefined;
  readonly evidence: string | undefined;
}

/** What was verified: the signature that held, and the report in it. */
export interface Verified {
  readonly signed: Signed | undefined;
  readonly report: DrillReport | undefined;
}

/** Verifies; everything that is found stands in `findings`. */
export async function verifyReport(given: Given, findings: Findings): Promise<Verified> {
  if (given.jws === undefined) return noSignature(given.report ?? '', findings);
  const signed = await verifySignature(given.jws, given.keys, findings);
  if (signed === undefined) return { signed, report: undefined };
  const report = readPayload(signed.payload, findings);
  if (given.report !== undefined)
    findings.must(
      given.report.replace(/\n$/, '') === signed.payload,
      'the report is the signed one, byte for byte',
      'report-differs',
      'the report beside the signature is not the one that was signed',
    );
  if (report === undefined) return { signed, report };
  checkKeyTime(signed, instantOf(report.finalizedAt), findings);
  checkSource(report, signed, findings);
  findings.must(
    digestOf(report.plan) === report.planDigest && report.plan.drill === report.id,
    'the plan in it has the digest that it names',
    'plan-differs',
    `the plan in it is not the one of digest ${report.planDigest}`,
  );
  if (given.previous !== undefined) checkPrevious(report, given.previous, findings);
  if (given.evidence !== undefined) await checkEvidence(report.evidence, given.evidence, report.id, findings);
  return { signed, report };
}

function noSignature(text: string, findings: Findings): Verified {
  const report = storedReport.safeParse(jsonIn(text));
  if (!report.success) findings.wrong('schema', 'it is neither a report nor a compact JWS');
  else if (report.data.schema === 'lifeboat/drill-report/v1')
    findings.wrong('unsigned', 'it is a report of version 1, from before reports were signed');
  else findings.wrong('unsigned', 'no signature was given or lies beside it (report.jws)');
  return { signed: undefined, report: undefined };
}

function readPayload(payload: string, findings: Findings): DrillReport | undefined {
  const value = jsonIn(payload);
  const isCanonical = value !== undefined && canonicalJson(value) === payload;
  findings.must(
    isCanonical,
    'canonical JSON (RFC 8785)',
    'not-canonical',
    'its payload is no canonical JSON',
  );
  const read = drillReport.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    findings.wrong('schema', `${issue?.path.join('.') || 'it'}: ${issue?.message}`);
    return undefined;
  }
  findings.must(
    !isCanonical || canonicalJson(read.data) === payload,
    `schema ${read.data.schema}`,
    'schema',
    'it has members that its schema does not know',
  );
  return read.data;
}

/** The key that the report names must be the one that the key file is of. */
function checkSource(report: DrillReport, { key }: Signed, findings: Findings): void {
  if (key.about === undefined) return;
  findings.must(
    key.about.source.startsWith(`${report.signing.key}/`),
    `the key is a version of ${report.signing.key}`,
    'signing-key',
    `the report names ${report.signing.key}, the key is ${key.about.source}`,
  );
}

function checkPrevious(report: DrillReport, text: string, findings: Findings): void {
  const jws = text.startsWith('{') ? undefined : parseCompactJws(text.trim());
  const value = jsonIn(jws === undefined ? text : typeof jws === 'string' ? '' : jws.payload);
  const before = storedReport.safeParse(value).data;
  const { previous } = report;
  if (previous === undefined)
    return findings.wrong(
      'previous-differs',
      'the report is the first of its chain: there is none before it',
    );
  const isIt =
    before?.schema === 'lifeboat/drill-report/v2' &&
    before.number === report.number - 1 &&
    before.id === previous.drill &&
    digestOf(value) === previous.digest;
  findings.must(
    isIt,
    `the report before it is ${previous.drill}`,
    'previous-differs',
    `the report before it is ${previous.drill} (${previous.digest}), not ${before?.id ?? 'what was given'}`,
  );
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
