/** The limits that the invariants judge by: written down here again, so that no mistake of the product is shared. */

export const windowMs = 168 * 3_600_000;
/** How far clocks may be apart where something is deleted. */
export const toleranceMs = 300_000;
/** What is done within one activity is done by what was looked at in its beginning. */
export const activityMs = 30 * 60_000;
/** The names that the product gives. */
export const isOwnName = (name: string): boolean => /^lifeboat-\d{8}T\d{6}Z$/.test(name);
