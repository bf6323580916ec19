/** The stand-in of the key vault in this process, over TLS that it trusts, with an identity that may sign in. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { ensureCertificates } from '../../local/certificates/ensure-certificates.ts';
import { TokenIssuer } from '../../local/identity/token-issuer.ts';
import { startKeyVault, type KeyVault } from '../../local/key-vault/key-vault.ts';

const secret = 'control-secret-of-the-tests';
const identity = { name: 'app', clientId: 'client', secret: 'header', principal: 'lifeboat' };

export class KeyVaultFixture {
  readonly key = 'reports';
  readonly #folder: string;
  readonly #issuer: TokenIssuer;
  readonly #trusted: string[];
  #vault: KeyVault | undefined;

  private constructor(folder: string, issuer: TokenIssuer, trusted: string[]) {
    this.#folder = folder;
    this.#issuer = issuer;
    this.#trusted = trusted;
  }

  static async start(): Promise<KeyVaultFixture> {
    const folder = await mkdtemp(path.join(tmpdir(), 'key-vault-'));
    const files = await ensureCertificates(path.join(folder, 'certificates'));
    const issuer = await TokenIssuer.open(path.join(folder, 'identity'), 'tenant');
    const trusted = tls.getCACertificates('default');
    tls.setDefaultCACertificates([...trusted, await readFile(files.caFile, 'utf8')]);
    const fixture = new KeyVaultFixture(folder, issuer, trusted);
    await fixture.open();
    return fixture;
  }

  /** Opens the vault over its state, as another start does. */
  async open(): Promise<void> {
    const inFolder = (...names: string[]): string => path.join(this.#folder, ...names);
    this.#vault = await startKeyVault({
      stateFolder: inFolder('state'),
      tls: {
        certFile: inFolder('certificates', 'server.pem'),
        keyFile: inFolder('certificates', 'server.key'),
      },
      ...{ port: 0, control: { port: 0, secret }, tenant: 'tenant' },
      tokenKeyFile: inFolder('identity', 'signing.key'),
      keys: [this.key],
    });
  }

  get keyUrl(): string {
    return `${this.#vault?.url}/keys/${this.key}`;
  }

  /** A credential of the stack's identity endpoint; the scope it is asked for is the audience. */
  readonly credential = {
    getToken: async (scopes: string | string[]) => {
      const audience = String(scopes).replace('/.default', '');
      const { token, expiresAtSeconds } = await this.#issuer.issue(identity, audience);
      return { token, expiresOnTimestamp: expiresAtSeconds * 1000 };
    },
  };

  /** Sends an order to the control endpoint. */
  async control(method: 'POST' | 'DELETE', what: string, body: object = {}): Promise<Record<string, string>> {
    const answer = await fetch(`http://127.0.0.1:${this.#vault?.controlPort}/${what}`, {
      method,
      headers: { 'x-control-secret': secret },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  }

  async rotate(): Promise<string> {
    return (await this.control('POST', 'rotate', { key: this.key }))['version'] ?? '';
  }

  async close(): Promise<void> {
    await this.#vault?.close();
  }

  async stop(): Promise<void> {
    await this.close();
    tls.setDefaultCACertificates(this.#trusted);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
