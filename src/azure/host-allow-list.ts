/**
 * No request to another host than the configured one, before a token is attached: what an answer names as the next
 * address is not trusted. Every request is bounded in time.
 */
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { Failure } from '../policy/failure.ts';

const requestTimeoutMilliseconds = 60_000;

/** Refuses whatever goes elsewhere; `service` names it to a person, `hint` says where to look. */
export function onlyThisHost(host: string, service: string, hint: string): PipelinePolicy {
  return {
    name: 'lifeboatHostAllowList',
    async sendRequest(request, next) {
      const asked = new URL(request.url);
      if (asked.host !== host || asked.protocol !== 'https:') {
        throw new Failure(
          'refused',
          `${service} named ${asked.protocol}//${asked.host}, which is not ${host}: nothing was sent there`,
          hint,
        );
      }
      request.timeout = requestTimeoutMilliseconds;
      return next(request);
    },
  };
}
