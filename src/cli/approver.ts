/** What another person types to approve what was asked for here: complete, so that it can be sent to them and pasted. */
import { say, type Io } from './io.ts';
import { loadProfile } from './profile.ts';

/** A request that waits, and the commands by which it is looked at and approved. */
export interface Asking {
  readonly show: string;
  readonly approve: string;
  /** `--digest …`, where the command needs one; a line of its own, since it is long. */
  readonly digest?: string;
  readonly scope: string;
}

/** Tells who goes on and how, on standard error. The reason is left to them: pasted as it stands, nothing is approved. */
export async function sayWhoApproves(
  io: Io,
  { show, approve, digest, scope }: Asking,
  options: { readonly profile?: string; readonly as?: string },
): Promise<void> {
  const as = (await hasApprover(io, options)) ? ' --as approver' : '';
  const lines = [
    'It waits for another person than you. They look at it, and approve it with their reason at the end:',
    `  ${show} ${scope}`,
    `  ${approve} ${scope} \\`,
    ...(digest === undefined ? [] : [`    ${digest} \\`]),
    `   ${as} --reason`,
  ];
  say(io, lines.join('\n'));
}

const approver = 'approver';

/** Whether the profile brings an identity for approvers that is not the one in use; the embedded stack's does. */
async function hasApprover(
  { env, cwd, home }: Io,
  { profile, as }: { readonly profile?: string; readonly as?: string },
): Promise<boolean> {
  const { login } = await loadProfile({ named: profile, env, cwd, home });
  return Object.hasOwn(login.identities ?? {}, approver) && (as ?? login.as) !== approver;
}
