/** Names of the estate file as SQL writes them: quoted, so that nothing in them is anything but a name. */

/** A column's name. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A table's name with its schema. */
export const quotedTable = (table: string): string => table.split('.').map(quoted).join('.');
