/** Every function of the deployment: the bundle's entry. */
import './heartbeat.ts';
import './schedule.ts';
import './cutover.ts';
import './cycle.ts';
import './snapshot.ts';
import './integrity-scan.ts';
import './prune.ts';
import './repair.ts';
import './restore.ts';
import './restore-drill.ts';
import './freshness.ts';
import './history.ts';
import './reaper.ts';
import './signatures.ts';
import './api.ts';
import './audit.ts';
