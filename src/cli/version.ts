/** The version of this command, as package.json has it. */
import packageJson from '../../package.json' with { type: 'json' };

export const commandVersion: string = packageJson.version;
