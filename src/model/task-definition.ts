// A task definition: the containers that run together on one instance. A revision (`family:n`) is given once per content.
import { z } from 'zod';
import { ContainerDefinition } from './container-definition.ts';
import { Name } from './name.ts';

export const TaskDefinition = z
  .strictObject({
    family: Name.meta({ description: 'Name of the family; each new content becomes its next revision.' }),
    cpu: z.string().optional().meta({ description: 'CPU units or "n vCPU" for the whole task.' }),
    memory: z.string().optional().meta({ description: 'MiB or "n GB" for the whole task.' }),
    networkMode: z.enum(['bridge']).optional().meta({ default: 'bridge' }),
    containerDefinitions: z.array(ContainerDefinition).min(1).max(10),
  })
  .meta({ title: 'TaskDefinition', description: 'The containers that run together as a task (ECS RegisterTaskDefinition).' });
export type TaskDefinition = z.infer<typeof TaskDefinition>;
