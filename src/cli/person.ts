/** People in answers: the readable name first, the id in brackets; what a store holds is made harmless for a terminal. */
import { personText } from '../policy/person-name.ts';
import { printable } from './format.ts';

/** Somebody as a document names them. */
export const personIn = ({
  by,
  byName,
}: {
  readonly by: string;
  readonly byName?: string | undefined;
}): string => printable(personText(by, byName));
