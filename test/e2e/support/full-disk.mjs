/** Loaded before a program (`--import`): every file system says that 100 MB are free. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const real = fs.statfsSync;
fs.statfsSync = (...args) => ({ ...real(...args), bsize: 4096, bavail: 25_000 });
syncBuiltinESMExports();
