/** The operator's hooks and application as one process reaches them: requests that are lost, late or made twice. */
import type { HttpRequests } from '../../src/ports/http-requests.ts';
import { smokePaths } from '../../test/support/sample-estate.ts';
import type { Life } from '../engine/life.ts';
import type { Application } from '../world/application.ts';

export function httpOf(life: Life, application: Application): HttpRequests {
  return {
    send: (request) => {
      const { pathname } = new URL(request.url);
      // Between two looks at whether it is ready the product waits by the real clock: it is ready at the first one.
      if (pathname === smokePaths.ready && application.isReady)
        return Promise.resolve({ status: 200, text: '', isCut: false });
      return life.call(`${request.method} ${pathname}`, 'once', () => application.answer(request));
    },
  };
}
