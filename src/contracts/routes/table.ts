/**
 * Every route of the API: the only place that says which there are and who may use each. The app registers this table and
 * nothing else, so a route without a rule is none.
 */
import { actingRoutes } from './acting.ts';
import { cuttingOverRoutes } from './cutting-over.ts';
import { decidingRoutes } from './deciding.ts';
import { lookingRoutes } from './looking.ts';
import { restoringRoutes } from './restoring.ts';
import type { Route } from './route.ts';

export const routes = {
  ...lookingRoutes,
  ...actingRoutes,
  ...decidingRoutes,
  ...restoringRoutes,
  ...cuttingOverRoutes,
} satisfies Record<string, Route>;
export type RouteName = keyof typeof routes;
export const routeNames = Object.keys(routes) as RouteName[];

/** A route as any other; what exactly its types are is not known of it. */
export const routeNamed = (name: RouteName): Route => routes[name];
