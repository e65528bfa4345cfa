// The arbitrary inputs of property tests are the same in every run: a build says what a change did, not what chance found today.
// Who looks for more asks for other inputs: `npm run proof:properties`, or LONGSHORE_SEED=<number> with any property test.
import * as fc from 'fast-check';

const asked = process.env['LONGSHORE_SEED'];
const seed = asked === undefined ? 1 : Number(asked);
if (!Number.isInteger(seed)) throw new Error(`LONGSHORE_SEED is no whole number: ${String(asked)}`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
