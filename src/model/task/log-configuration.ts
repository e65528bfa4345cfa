// Where the output of a container goes: the log driver with its options, and the log router of FireLens.
import { z } from 'zod';
import { AWS_LOGS } from '../cluster/container-instance.ts';
import { Secret } from './container-environment.ts';
import { approximated } from '../fate.ts';

/** ECS on EC2; Fargate knows awslogs, splunk and awsfirelens only. */
export const LOG_DRIVERS = ['awslogs', 'awsfirelens', 'fluentd', 'gelf', 'journald', 'json-file', 'splunk', 'syslog'] as const;

export const LogConfiguration = z.strictObject({
  logDriver: z.enum(LOG_DRIVERS).meta({
    description: 'Log driver.',
    valueFates: {
      awslogs: approximated(
        `the engine keeps the output in files, three of 10 MB at most, which docker logs reads, unless its instance has the attribute ${AWS_LOGS}`,
      ).fate,
    },
  }),
  options: z.record(z.string(), z.string()).optional().meta({ description: 'Options of the driver; quote numbers and true/false.' }),
  secretOptions: z.array(Secret).optional().meta({ description: 'Options whose values are secrets.' }),
});

export const FirelensConfiguration = z.strictObject({
  type: z.enum(['fluentd', 'fluentbit']).meta({ description: 'Log router in the container.' }),
  options: z.record(z.string(), z.string()).optional().meta({
    description:
      'enable-ecs-log-metadata (true unless false is written), config-file-type (file, or s3, which is not deployed) and config-file-value.',
  }),
});
