// The adapter over the real engine passes the contract that the simulation's engine passes.
import { engineContract } from '../../contract/engine.ts';
import { dockerHarness } from '../../support/docker-harness.ts';
import { engineForTests } from '../../support/engine.ts';

const socketPath = await engineForTests();

engineContract('the Docker adapter', () => Promise.resolve(dockerHarness(socketPath)));
