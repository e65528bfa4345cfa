// What adds and removes the instances of a capacity provider: a program or an address of the operator's configuration. A manifest only names
// it. What it is asked and what it answers is plain data; docs/capacity-providers.md shows both to whoever writes one.
import { z } from 'zod';
import { ContainerInstance } from './container-instance.ts';
import { parseCredentialsAddress } from '../../lang/credentials-address.ts';
import { readable } from '../syntax.ts';
import { LocalPath } from '../local.ts';

/** Instances of one provider. */
const MAX_OF_PROVIDER = 500;
/** Longer than any cloud takes to bring up a machine. */
const MAX_TIMEOUT_SECONDS = 3_600;
export const DEFAULT_TIMEOUT_SECONDS = 600;
export const DEFAULT_MAXIMUM = 10;

const HookSize = z.strictObject({
  cpu: z.int().min(1).max(10_000_000).meta({ description: 'CPU units of an instance.' }),
  memory: z.int().min(1).max(100_000_000).meta({ description: 'MiB of an instance.' }),
  gpus: z.int().min(0).max(64).optional().meta({ description: 'Devices of an instance.', default: 0 }),
});

export const CapacityHook = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(2_048)
    .meta({ description: 'Name of the capacity provider, or its autoScalingGroupArn as it stands in the manifest.' }),
  command: z
    .array(z.string().min(1).max(4_096))
    .min(1)
    .max(50)
    .optional()
    .meta({ description: 'Program and its words. It reads the request as JSON from its input and writes its answer as JSON.' }),
  url: z.string().max(2_048).superRefine(readable(parseCredentialsAddress, 'bad-form')).optional().meta({
    description: 'Address that the request is posted to, instead of command; http is taken for this machine only.',
  }),
  tokenFile: LocalPath.optional().meta({
    description: 'File with a token that url is sent as Authorization: Bearer, read again each time; absolute, or relative to this file.',
  }),
  minimum: z.int().min(0).max(MAX_OF_PROVIDER).optional().meta({ description: 'Fewer instances it never has.', default: 0 }),
  maximum: z.int().min(0).max(MAX_OF_PROVIDER).optional().meta({ description: 'More instances it never has.', default: DEFAULT_MAXIMUM }),
  instance: HookSize.optional().meta({
    description: 'What an instance of it offers to tasks. Absent: as the largest that it has; one is added to see.',
  }),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(MAX_TIMEOUT_SECONDS)
    .optional()
    .meta({ description: 'How long an answer may take.', default: DEFAULT_TIMEOUT_SECONDS }),
});
export type CapacityHook = z.infer<typeof CapacityHook>;

/** What a decision needs of a hook; how it is asked stays with its adapter. */
export type CapacityLimits = Pick<CapacityHook, 'name' | 'minimum' | 'maximum' | 'instance' | 'timeoutSeconds'>;

/** An instance as a hook answers it: as a manifest would declare it. */
export const ProvidedInstance = ContainerInstance.omit({ status: true, capacityProvider: true }).required({ endpoint: true });
export type ProvidedInstance = z.infer<typeof ProvidedInstance>;

export const ScaleOutAnswer = z.object({ instances: z.array(ProvidedInstance).max(MAX_OF_PROVIDER) });

/** What a hook is asked. The same key is the same request: it may come again, and must then be answered alike. */
export type CapacityCall = {
  readonly key: string;
  /** Name of the hook. */
  readonly hook: string;
  readonly provider: string;
  readonly cluster: string;
  readonly because: string;
  readonly timeoutSeconds: number;
} & ({ readonly kind: 'scale-out'; readonly count: number } | { readonly kind: 'scale-in'; readonly instance: ProvidedInstance });

/** What decisions go by: never how a hook is asked. */
export function capacityLimits(hooks: readonly CapacityHook[] = []): readonly CapacityLimits[] {
  return hooks.map(({ name, minimum, maximum, instance, timeoutSeconds }) => ({ name, minimum, maximum, instance, timeoutSeconds }));
}
