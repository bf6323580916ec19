/** HTTP functions: routes, bodies, and the durable client. */
import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import * as df from 'durable-functions';

if (process.env['SAMPLE_STREAM'] === '1') app.setup({ enableHttpStream: true });
if (process.env['SAMPLE_THROW'] === '1') throw new Error('sample app refuses to load');

app.http('hello', {
  methods: ['GET', 'POST'],
  authLevel: 'anonymous',
  route: 'hello/{name?}',
  handler: async (request): Promise<HttpResponseInit> => ({
    jsonBody: {
      name: request.params['name'] ?? null,
      q: request.query.get('q'),
      body: request.method === 'POST' ? await request.text() : null,
      header: request.headers.get('x-test'),
      hostname: process.env['WEBSITE_HOSTNAME'],
      setting: process.env['SAMPLE_SETTING'] ?? null,
    },
    headers: { 'x-custom': 'a' },
    cookies: [{ name: 'c', value: 'v 1', path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 60 }],
  }),
});
app.http('secure', { methods: ['GET'], authLevel: 'function', handler: async () => ({ body: 'secret' }) });
app.http('private', { methods: ['GET'], authLevel: 'admin', handler: async () => ({ body: 'private' }) });
app.http('items', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'items/{category:alpha}/{id:int}',
  handler: async (request) => ({ jsonBody: request.params }),
});
app.http('specialItems', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'items/special/{*rest}',
  handler: async (request) => ({ jsonBody: { special: true, ...request.params } }),
});
app.http('boom', {
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: async () => {
    throw new Error('http boom');
  },
});
app.http('nothing', {
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: async () => undefined as unknown as HttpResponseInit,
});
app.http('bytes', {
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: async (request) => ({
    body: Buffer.from(await request.arrayBuffer()),
    headers: { 'content-type': 'application/octet-stream' },
  }),
});
app.http('stream', {
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: async () => ({ body: slowChunks(), headers: { 'content-type': 'text/plain' } }),
});

function slowChunks(): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async start(controller) {
      for (const chunk of ['one ', 'two ', 'three']) {
        controller.enqueue(encoder.encode(chunk));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      controller.close();
    },
  });
}

app.http('start', {
  route: 'start/{name}',
  methods: ['POST'],
  authLevel: 'anonymous',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    const text = await request.text();
    const id = await client.startNew(request.params['name'] ?? '', {
      ...(text === '' ? {} : { input: JSON.parse(text) as unknown }),
      ...(request.query.has('id') ? { instanceId: request.query.get('id') ?? '' } : {}),
    });
    const wait = Number(request.query.get('wait') ?? 0);
    if (wait === 0) return client.createCheckStatusResponse(request, id);
    return client.waitForCompletionOrCreateCheckStatusResponse(request, id, {
      timeoutInMilliseconds: wait,
      retryIntervalInMilliseconds: 20,
    });
  },
});

app.http('client', {
  route: 'client/{operation}/{id}',
  methods: ['POST'],
  authLevel: 'anonymous',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    try {
      return { jsonBody: (await runClient(df.getClient(context), request)) ?? null };
    } catch (error) {
      return { status: 520, body: String(error) };
    }
  },
});

async function runClient(client: df.DurableClient, request: HttpRequest): Promise<unknown> {
  const id = request.params['id'] ?? '';
  const text = await request.text();
  const value: unknown = text === '' ? null : JSON.parse(text);
  const recent = { createdTimeFrom: new Date(0), createdTimeTo: new Date(Date.now() + 60_000) };
  switch (request.params['operation']) {
    case 'status':
      return client.getStatus(id, { showHistory: true, showHistoryOutput: true, showInput: true });
    case 'all':
      return client.getStatusAll();
    case 'failed':
      return client.getStatusBy({ ...recent, runtimeStatus: [df.OrchestrationRuntimeStatus.Failed] });
    case 'event':
      return client.raiseEvent(id, request.query.get('name') ?? '', value);
    case 'terminate':
      return client.terminate(id, 'because');
    case 'suspend':
      return client.suspend(id, 'hold');
    case 'resume':
      return client.resume(id, 'go');
    case 'purge':
      return client.purgeInstanceHistory(id);
    case 'purgeFailed':
      return client.purgeInstanceHistoryBy({
        ...recent,
        runtimeStatus: [df.OrchestrationRuntimeStatus.Failed],
      });
    case 'signal':
      return client.signalEntity(new df.EntityId('Counter', id), request.query.get('op') ?? '', value);
    case 'entity':
      return client.readEntityState(new df.EntityId('Counter', id));
    case 'links':
      return client.createHttpManagementPayload(id);
    default:
      throw new Error('unknown operation');
  }
}
