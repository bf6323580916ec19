/** Entry of the app that the host's tests run: one file per kind of function. */
import './http-functions.ts';
import './timer-functions.ts';
import './activities.ts';
import './orchestrations.ts';
import './register-fuzz.ts';
