// How the proxy reaches the tasks of an instance: at the address of a container, or at a port that its host publishes. It is a preference: where a
// task has only the other one, that is taken (core/task/ports.ts). Not declared: the address of a container is taken where its network is one of
// the daemon's own machine, because nothing stands between them there.
import { z } from 'zod';

export const TargetReach = z.enum(['containerAddress', 'publishedPort']);
export type TargetReach = z.infer<typeof TargetReach>;
