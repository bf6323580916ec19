/** Every function of the deployment: the bundle's entry. */
import './heartbeat.ts';
import './schedule.ts';
import './cycle.ts';
import './snapshot.ts';
import './restore-drill.ts';
import './operation.ts';
import './status.ts';
import './report.ts';
