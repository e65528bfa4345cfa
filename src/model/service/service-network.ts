// How a service is reached by others without a load balancer (Service Connect, Cloud Map), and the volumes that are made for its tasks.
import { z } from 'zod';
import { approximated, ignored, refused } from '../fate.ts';
import { LogConfiguration } from '../task/log-configuration.ts';
import { Tags } from '../tags.ts';

const Port = z.int().min(1).max(65_535);
const Arn = z.string().min(1).max(2_048);

export const ClientAlias = z.strictObject({
  port: Port.meta({ description: 'Port that clients use.' }),
  dnsName: z
    .string()
    .max(127)
    .regex(/^[A-Za-z0-9_.][A-Za-z0-9_.-]*$/, 'must be letters, digits, underscores, hyphens and dots, not beginning with a hyphen')
    .optional()
    .meta({ description: 'Name that clients use, at most 127 characters; absent: discoveryName.namespace.' }),
  testTrafficRules: z
    .strictObject({
      header: z
        .strictObject({
          name: z.string().min(1).max(255).meta({ description: 'Name of the header.' }),
          value: z
            .strictObject({ exact: z.string().max(255).meta({ description: 'The value.' }) })
            .optional()
            .meta({ description: 'Value that the header must have.' }),
        })
        .meta({ description: 'Header by which test requests are told.' }),
    })
    .optional()
    .meta({ description: 'Which requests are test traffic of a blue/green deployment.' }),
});

export const ServiceConnectService = z.strictObject({
  portName: z.string().min(1).max(255).meta({ description: 'Name of a port mapping of the task definition.' }),
  discoveryName: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, 'must be letters, digits, underscores and hyphens, not beginning with a hyphen')
    .optional()
    .meta({ description: 'Name in the namespace, at most 64 characters; absent: the name of the port.' }),
  clientAliases: z.array(ClientAlias).max(1).optional().meta({ description: 'Name and port for clients; at most 1.' }),
  ingressPortOverride: Port.optional().meta({ description: 'Port that the proxy listens on.' }),
  timeout: z
    .strictObject({
      idleTimeoutSeconds: z.int().min(0).optional().meta({ description: 'Seconds without data after which a connection ends; 0: never.' }),
      perRequestTimeoutSeconds: z.int().min(0).optional().meta({ description: 'Seconds that a request may take; 0: any.' }),
    })
    .optional()
    .meta({ description: 'Timeouts of the proxy.' }),
  tls: z
    .strictObject({
      issuerCertificateAuthority: z
        .strictObject({ awsPcaAuthorityArn: Arn.optional().meta({ description: 'ARN of the authority.' }) })
        .meta({ description: 'Authority that issues the certificates.' }),
      kmsKey: Arn.optional().meta({ description: 'Key for the private keys.' }),
      roleArn: Arn.optional().meta({ description: 'Role that may fetch certificates.' }),
    })
    .optional()
    .meta({ description: 'Encryption between services.' }),
});

export type ServiceConnectService = z.infer<typeof ServiceConnectService>;

export const ServiceConnectConfiguration = z.strictObject({
  enabled: z.boolean().meta({ description: 'Whether the service takes part.' }),
  namespace: z.string().min(1).max(2_048).optional().meta({ description: 'Namespace; absent: that of the cluster.' }),
  services: z
    .array(ServiceConnectService)
    .optional()
    .meta({ description: 'Ports that others reach; absent: the service is a client only.' }),
  logConfiguration: LogConfiguration.optional().meta({ description: 'Log of the proxy.' }),
  accessLogConfiguration: z
    .strictObject({
      format: z.enum(['TEXT', 'JSON']).meta({ description: 'Form of the lines.' }),
      includeQueryParameters: z
        .enum(['ENABLED', 'DISABLED'])
        .optional()
        .meta({ description: 'Whether queries are logged.', default: 'DISABLED' }),
    })
    .optional()
    .meta({ description: 'Log of requests.' }),
});

export const ServiceRegistry = z.strictObject({
  registryArn: Arn.meta({ description: 'Service of Cloud Map.' }),
  port: Port.optional().meta({ description: 'Port of an SRV record.' }),
  containerName: z.string().min(1).max(255).optional().meta({ description: 'Container whose address is registered.' }),
  containerPort: Port.optional().meta({ description: 'Port of that container.' }),
});

export type ServiceRegistry = z.infer<typeof ServiceRegistry>;

export const VpcLatticeConfiguration = z.strictObject({
  roleArn: Arn.meta({ description: 'Role that may register targets.' }),
  targetGroupArn: Arn.meta({ description: 'Target group of VPC Lattice.' }),
  portName: z.string().min(1).max(255).meta({ description: 'Name of a port mapping of the task definition.' }),
});

const encryption = ignored('the volume is encrypted where the disk of the instance is');
const speed = ignored('the volume is as fast as the disk of the instance');

export const VolumeConfiguration = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(255)
    .meta({
      description: 'Name of a volume that the task definition configures at launch.',
      ...approximated('each task has a volume of its engine, on the disk of its instance, and it goes with the task'),
    }),
  managedEBSVolume: z
    .strictObject({
      roleArn: Arn.meta({ description: 'Role that may make volumes.', ...ignored('nothing of AWS is asked for a volume') }),
      encrypted: z
        .boolean()
        .optional()
        .meta({ description: 'Whether the volume is encrypted.', ...encryption }),
      kmsKeyId: z
        .string()
        .min(1)
        .max(2_048)
        .optional()
        .meta({ description: 'Key of the encryption.', ...encryption }),
      volumeType: z
        .string()
        .min(1)
        .max(64)
        .optional()
        .meta({ description: 'Type such as gp3.', ...speed }),
      sizeInGiB: z
        .int()
        .min(1)
        .max(65_536)
        .optional()
        .meta({ description: 'Size in GiB.', ...ignored('the disk of the instance is the only limit') }),
      snapshotId: z
        .string()
        .min(1)
        .max(255)
        .optional()
        .meta({
          description: 'Snapshot that the volume is made of.',
          ...refused('the volume begins empty, and the task would not find what it is to find there'),
        }),
      volumeInitializationRate: z
        .int()
        .min(100)
        .max(300)
        .optional()
        .meta({ description: 'MiB a second at which the snapshot is loaded.', ...ignored('no snapshot is loaded') }),
      iops: z
        .int()
        .min(1)
        .optional()
        .meta({ description: 'Operations a second.', ...speed }),
      throughput: z
        .int()
        .min(1)
        .max(2_000)
        .optional()
        .meta({ description: 'MiB a second.', ...speed }),
      filesystemType: z
        .enum(['xfs', 'ext3', 'ext4', 'ntfs'])
        .optional()
        .meta({ description: 'File system.', default: 'xfs', ...ignored('the volume has the file system of its instance') }),
      tagSpecifications: z
        .array(
          z.strictObject({
            resourceType: z.enum(['volume']).meta({ description: 'What is tagged.' }),
            tags: Tags.optional().meta({ description: 'The tags; at most 50.' }),
            propagateTags: z.enum(['TASK_DEFINITION', 'SERVICE', 'NONE']).optional().meta({ description: 'Where further tags come from.' }),
          }),
        )
        .optional()
        .meta({ description: 'Tags of the volumes.', ...ignored('nothing reads them') }),
    })
    .optional()
    .meta({ description: 'A volume of EBS for each task.' }),
});
