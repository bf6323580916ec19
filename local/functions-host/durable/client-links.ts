/** The URLs a durable client works with, as the Durable Functions extension gives them to the app. */

/** Where the management API is reached: with a key over HTTP, and without one by the app itself. */
export interface ClientEndpoints {
  readonly taskHub: string;
  /** `http://host:port/runtime/webhooks/durabletask` */
  readonly webhookBase: string;
  /** Ends with a slash. */
  readonly rpcBase: string;
  readonly systemKey: string;
}

const PLACEHOLDER = 'INSTANCEID';

/** The input of a durable client binding. */
export function clientInput(endpoints: ClientEndpoints): object {
  const { taskHub, webhookBase, rpcBase, systemKey } = endpoints;
  const create = `${webhookBase}/orchestrators/{functionName}[/{instanceId}]`;
  return {
    taskHubName: taskHub,
    creationUrls: {
      createNewInstancePostUri: `${create}?code=${systemKey}`,
      createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&code=${systemKey}`,
    },
    managementUrls: managementUrls(endpoints, PLACEHOLDER),
    baseUrl: webhookBase,
    requiredQueryStringParameters: `code=${systemKey}`,
    rpcBaseUrl: rpcBase,
  };
}

/** The management URLs of one instance. */
export function instanceLinks(endpoints: ClientEndpoints, instanceId: string): ManagementUrls {
  return { ...managementUrls(endpoints, encodeURIComponent(instanceId)), id: instanceId };
}

/** URLs by purpose, and the instance's id. */
export type ManagementUrls = ReturnType<typeof managementUrls>;

function managementUrls({ taskHub, webhookBase, systemKey }: ClientEndpoints, id: string) {
  const query = `taskHub=${taskHub}&connection=Storage&code=${systemKey}`;
  const instance = `${webhookBase}/instances/${id}`;
  return {
    id,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  };
}
