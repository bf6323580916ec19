/** What a report says of a step: its detail, and how often something in it was tried again. */
export function stepWords({
  detail,
  retries = 0,
}: {
  readonly detail: string;
  readonly retries?: number | undefined;
}): string {
  if (retries === 0) return detail;
  return `${detail}; tried again ${retries === 1 ? 'once' : `${retries} times`}`;
}
