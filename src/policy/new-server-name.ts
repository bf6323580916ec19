/** Names of new servers. Pure. The names of database servers are global in Azure, whatever group they stand in. */
import { Failure } from './failure.ts';
import { parseServerResourceId, type ServerName } from './identifiers.ts';

/** Throws `bad-input` where a new server would be called like one that the estate names, be that gone. */
export function mustNotBeOfEstate(name: ServerName, servers: readonly string[]): void {
  const taken = servers.find((server) => parseServerResourceId(server)?.name === name);
  if (taken === undefined) return;
  throw new Failure(
    'bad-input',
    `name: "${name}" is the name of ${taken}, which the estate names; names of servers are global in Azure`,
    'Use another --name; nothing was planned.',
  );
}
