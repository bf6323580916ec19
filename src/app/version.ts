/** The version of this software, as package.json has it. */
import packageJson from '../../package.json' with { type: 'json' };

export const softwareVersion: string = packageJson.version;
