// A task definition: the containers that run together on one instance. A revision (`family:n`) is given once per content.
import { z } from 'zod';
import { ContainerDefinition } from './container-definition.ts';
import { later, refused } from './fate.ts';
import { Name } from './name.ts';
import { parseCpuUnits, parseMemoryMib } from '../lang/size.ts';
import { readAs } from './syntax.ts';

/** Read as units or MiB in digits, as ECS normalises them: `1 vCPU` is "1024". */
const TaskCpu = z.union([z.string(), z.int()]).transform(readAs(parseCpuUnits, 'bad-size'));
const TaskMemory = z.union([z.string(), z.int()]).transform(readAs(parseMemoryMib, 'bad-size'));

export const TaskDefinition = z
  .strictObject({
    family: Name.meta({ description: 'Name of the family; each new content becomes its next revision.' }),
    cpu: TaskCpu.optional().meta({ description: 'CPU units or "n vCPU" for the whole task.' }),
    memory: TaskMemory.optional().meta({ description: 'MiB or "n GB" for the whole task.' }),
    networkMode: z
      .enum(['bridge'])
      .optional()
      .meta({ description: 'Containers share the bridge network of their cluster.', default: 'bridge' }),
    taskRoleArn: z
      .string()
      .min(1)
      .max(2_048)
      .optional()
      .meta({
        description: 'Role (name or ARN) that the containers of the task act under.',
        ...later('the containers get no credentials'),
      }),
    inferenceAccelerators: z
      .array(z.unknown())
      .optional()
      .meta({
        description: 'Elastic Inference accelerators; ECS itself refuses them since the service has ended.',
        ...refused('Elastic Inference has ended, and ECS refuses the field, too'),
      }),
    containerDefinitions: z
      .array(ContainerDefinition)
      .min(1)
      .max(10)
      .meta({ description: 'The containers of a task; at least one is essential.' }),
  })
  .meta({ title: 'TaskDefinition', description: 'The containers that run together as a task (ECS RegisterTaskDefinition).' });
export type TaskDefinition = z.infer<typeof TaskDefinition>;
