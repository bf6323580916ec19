/** Legal holds: set, list, release. Plain HTTP that needs no task hub. */
import { app } from '@azure/functions';
import { answerHolds, answerReleaseHold, answerSetHold } from '../src/app/holds.ts';
import { theApp } from './the-app.ts';

app.http('setHold', {
  route: 'v1/holds',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request) => answerSetHold(theApp.deps, request),
});

app.http('holds', {
  route: 'v1/holds',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request) => answerHolds(theApp.deps, request),
});

app.http('releaseHold', {
  route: 'v1/holds/{id}/release',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request) => answerReleaseHold(theApp.deps, request),
});
