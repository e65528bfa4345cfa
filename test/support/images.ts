// The images that tests run, and how a container of them is told to behave. One image serves all: it is built once per engine, from the
// running Node, without a registry (scripts/images.mjs).
import { DEMO_CHECK, DEMO_PORT, demoImages } from '../../scripts/images.mjs';
import type { ContainerSpec } from '../../src/model/turn/plan.ts';

/** Answers on its port, ends at once on SIGTERM. */
export const IMAGE = 'longshore-demo:1';
/** The same with another version. */
export const NEXT_IMAGE = 'longshore-demo:2';
/** Exits with 1 at once. */
export const BROKEN_IMAGE = 'longshore-demo:broken';
/** In no engine and in no registry: nothing listens on port 1. */
export const ABSENT_IMAGE = 'localhost:1/longshore-absent:1';
export const IMAGE_PORT = DEMO_PORT;
/** A check as fast as Docker allows whole seconds. */
export const FAST_CHECK: NonNullable<ContainerSpec['healthCheck']> = {
  command: [...DEMO_CHECK],
  interval: 1,
  timeout: 5,
  retries: 1,
  startPeriod: 0,
};

/** Makes sure that the images are on the engine. */
export async function ensureImages(socketPath: string): Promise<void> {
  await demoImages(socketPath);
}
