/** The report of one drill, in each form that the API gives. */
import { storedReport, type StoredReport } from '../contracts/report.ts';
import { signingKeyFile, type SigningKeyFile } from '../contracts/signing.ts';
import type { ApiClient } from './client.ts';

type ReportForm<T> = (client: ApiClient, system: string, drill: string) => Promise<T>;

/** As it is stored. */
export const reportOf: ReportForm<StoredReport> = (client, system, drill) =>
  client.json('report', { params: { system, drill } }, storedReport);

/** As Markdown, byte by byte as it lies in the vault. */
export const reportMarkdown: ReportForm<string> = (client, system, drill) =>
  client.text('report', { params: { system, drill }, query: { format: 'markdown' } }, 'text/markdown');

/** As it was signed: a compact JWS. */
export const reportSignature: ReportForm<string> = (client, system, drill) =>
  client.text('report', { params: { system, drill }, query: { format: 'jws' } }, 'application/jose');

/** The public key of its signature. */
export const reportKey: ReportForm<SigningKeyFile> = (client, system, drill) =>
  client.json('report', { params: { system, drill }, query: { format: 'key' } }, signingKeyFile);
