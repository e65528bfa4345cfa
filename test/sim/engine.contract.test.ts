// The simulated engine passes the suite that a real one passes: else the simulation would prove things about an engine that does not exist.
import { engineContract } from '../contract/engine.ts';
import { TOLD } from '../contract/logs.ts';
import { beginLife } from './life.ts';
import { engineModel } from './engine-model.ts';
import { GOOD, localImage, type Registry, remoteImage } from './images.ts';
import { NOW } from '../build.ts';
import { random } from './random.ts';
import { simEngine } from './engine.ts';
import { vaultModel } from './vault-model.ts';
import { virtualTime, type VirtualTime } from './clock.ts';

const CHECK = { command: ['CMD', '/check'], interval: 5, timeout: 2, retries: 2, startPeriod: 0 };
const PATIENCE_MS = 20_000;

engineContract('the simulated engine', async () => {
  const time = virtualTime(NOW);
  const registry: Registry = { images: new Map(), away: false };
  const vault = vaultModel();
  vault.hide(true);
  const model = engineModel({
    ...{
      id: 'contract',
      time,
      random: random(1, 'contract'),
      installation: 'contract',
      address: '10.0.0.1',
      cpu: 4_096,
      memory: 8_192,
      pace: 1,
      relays: 0,
    },
    ...{ registry, vault },
  });
  model.addImage(localImage('serves:1', { ...GOOD, endsWithinMs: 100 }));
  model.addImage(localImage('exits:1', { ...GOOD, exit: { afterMs: 500, code: 3 } }));
  model.addImage(localImage('bad-command:1', { ...GOOD, badCommand: true }));
  model.addImage(localImage('unhealthy:1', { ...GOOD, answersAfterMs: null }));
  model.addImage(localImage('stubborn:1', { ...GOOD, ignoresTerm: true }));
  const says = [
    { stream: 'stdout', text: 'one' },
    { stream: 'stderr', text: 'two' },
    { stream: 'stdout', text: 'three ü' },
  ] as const;
  model.addImage(localImage('speaks:1', { ...GOOD, exit: { afterMs: 1_000, code: 3 }, says }));
  model.addImage(
    localImage('tells:1', { ...GOOD, exit: { afterMs: 100, code: 0 }, says: [{ stream: 'stdout', text: `the password is ${TOLD}` }] }),
  );
  model.addImage(localImage('eats:1', { ...GOOD, exit: { afterMs: 200, code: 137, wantsMemory: true } }));
  let port = 20_000;
  return {
    engine: simEngine(model, beginLife()),
    installation: 'contract',
    programs: {
      serves: { image: 'serves:1', healthCheck: CHECK },
      exits: { image: 'exits:1' },
      badCommand: { image: 'bad-command:1' },
      unhealthy: { image: 'unhealthy:1', healthCheck: CHECK },
      ignoresTerm: { image: 'stubborn:1' },
      speaks: { image: 'speaks:1' },
      tells: { image: 'tells:1', environment: [{ name: 'PASSWORD', value: TOLD }] },
      eatsMemory: { image: 'eats:1' },
    },
    echoes: ['/bin/cat'],
    absentImage: 'absent:1',
    absentSecret: 'vault:no-such-secret',
    remoteImage: async () => {
      const image = remoteImage(`remote:${registry.images.size}`);
      registry.images.set(image.reference, image);
      return image.reference;
    },
    freePort: async () => port++,
    kill: async (container) => model.kill(container, 137, false),
    loseRelay: async () => model.hangUp(),
    addForeign: async (name) => model.addForeign(name, {}, null),
    addForeignNetwork: async (name) => void model.networks.set(name, { labelled: false }),
    occupy: async (taken) => {
      model.addForeign(`process-${taken}`, {}, taken);
      return async () => model.removeForeignPorts();
    },
    settle: (answer) => settle(time, answer),
    until: async (condition, what) => {
      const deadline = time.now() + PATIENCE_MS;
      while (!condition()) {
        if (time.now() >= deadline || !(await onward(time))) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
      }
    },
    dispose: async () => {},
  };
});

/** Goes on to the next moment and lets everything that waits for it run. */
async function onward(time: VirtualTime): Promise<boolean> {
  const went = time.step();
  await new Promise((resolve) => setImmediate(resolve));
  return went;
}

async function settle<T>(time: VirtualTime, answer: Promise<T>): Promise<T> {
  const settling = { done: false };
  const mark = (): void => {
    settling.done = true;
  };
  answer.then(mark, mark);
  do await new Promise((resolve) => setImmediate(resolve));
  while (!settling.done && time.step());
  return answer;
}
