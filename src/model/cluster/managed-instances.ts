// Instances that AWS keeps for a capacity provider (ECS CreateManagedInstancesProviderConfiguration, EC2 InstanceRequirementsRequest): which
// ones may be started, and in what they run. The kind as a whole has a fate, so none stands here.
import { z } from 'zod';

const Text = z.string().min(1).max(2_048);
const whole = z.int().min(0);

const atLeast = z.strictObject({
  min: whole.meta({ description: 'Least number.' }),
  max: whole.optional().meta({ description: 'Greatest number; absent: any.' }),
});
const between = z.strictObject({
  min: whole.optional().meta({ description: 'Least number.' }),
  max: whole.optional().meta({ description: 'Greatest number.' }),
});
const fractions = z.strictObject({
  min: z.number().min(0).optional().meta({ description: 'Least number.' }),
  max: z.number().min(0).optional().meta({ description: 'Greatest number.' }),
});
const Types = z.array(z.string().min(1).max(30)).max(400);
const Included = z.enum(['included', 'required', 'excluded']);

export const InstanceRequirements = z.strictObject({
  vCpuCount: atLeast.meta({ description: 'Virtual CPUs.' }),
  memoryMiB: atLeast.meta({ description: 'MiB of memory.' }),
  memoryGiBPerVCpu: fractions.optional().meta({ description: 'GiB of memory for each virtual CPU.' }),
  cpuManufacturers: z
    .array(z.enum(['intel', 'amd', 'amazon-web-services', 'apple']))
    .optional()
    .meta({ description: 'Makers of the processor.' }),
  allowedInstanceTypes: Types.optional().meta({ description: 'Types that may be started, with * for any; at most 400.' }),
  excludedInstanceTypes: Types.optional().meta({ description: 'Types that may not be started, with * for any; at most 400.' }),
  instanceGenerations: z
    .array(z.enum(['current', 'previous']))
    .optional()
    .meta({ description: 'Generations of types.' }),
  bareMetal: Included.optional().meta({ description: 'Whether machines without virtualisation may be started.', default: 'excluded' }),
  burstablePerformance: Included.optional().meta({
    description: 'Whether types with credits for their CPU may be started.',
    default: 'excluded',
  }),
  requireHibernateSupport: z.boolean().optional().meta({ description: 'Whether they must be able to hibernate.', default: false }),
  networkInterfaceCount: between.optional().meta({ description: 'Network interfaces.' }),
  networkBandwidthGbps: fractions.optional().meta({ description: 'Gigabits a second of the network.' }),
  localStorage: Included.optional().meta({ description: 'Whether types with disks of their own may be started.', default: 'included' }),
  localStorageTypes: z
    .array(z.enum(['hdd', 'ssd']))
    .optional()
    .meta({ description: 'Kinds of these disks.' }),
  totalLocalStorageGB: fractions.optional().meta({ description: 'GB of these disks.' }),
  baselineEbsBandwidthMbps: between.optional().meta({ description: 'Megabits a second to EBS.' }),
  acceleratorTypes: z
    .array(z.enum(['gpu', 'fpga', 'inference', 'media']))
    .optional()
    .meta({ description: 'Kinds of accelerators.' }),
  acceleratorCount: between.optional().meta({ description: 'Accelerators.' }),
  acceleratorManufacturers: z.array(z.string().min(1).max(64)).optional().meta({ description: 'Makers of the accelerators.' }),
  acceleratorNames: z.array(z.string().min(1).max(64)).optional().meta({ description: 'Names of the accelerators, such as a100.' }),
  acceleratorTotalMemoryMiB: between.optional().meta({ description: 'MiB of memory of all accelerators.' }),
  spotMaxPricePercentageOverLowestPrice: whole
    .optional()
    .meta({ description: 'Percent that a spot instance may cost above the cheapest.' }),
  maxSpotPriceAsPercentageOfOptimalOnDemandPrice: whole
    .optional()
    .meta({ description: 'Percent of the price on demand that a spot instance may cost.' }),
  onDemandMaxPricePercentageOverLowestPrice: whole
    .optional()
    .meta({ description: 'Percent that an instance on demand may cost above the cheapest.' }),
});
export type InstanceRequirements = z.infer<typeof InstanceRequirements>;

const InstanceLaunchTemplate = z.strictObject({
  ec2InstanceProfileArn: Text.meta({ description: 'Profile that the instances run under.' }),
  networkConfiguration: z
    .strictObject({
      subnets: z.array(Text).max(16).optional().meta({ description: 'Subnets; at most 16.' }),
      securityGroups: z.array(Text).max(5).optional().meta({ description: 'Security groups; at most 5.' }),
    })
    .meta({ description: 'Network of the instances.' }),
  storageConfiguration: z
    .strictObject({ storageSizeGiB: z.int().min(1).optional().meta({ description: 'GiB of the volume for data.', default: 80 }) })
    .optional()
    .meta({ description: 'Volume of the instances.' }),
  localStorageConfiguration: z
    .strictObject({
      useLocalStorage: z.boolean().optional().meta({ description: 'Whether disks of the instance are used.', default: false }),
    })
    .optional()
    .meta({ description: 'Disks of the instances.' }),
  monitoring: z.enum(['BASIC', 'DETAILED']).optional().meta({ description: 'How closely instances are watched.', default: 'BASIC' }),
  capacityOptionType: z
    .enum(['ON_DEMAND', 'SPOT', 'RESERVED'])
    .optional()
    .meta({ description: 'How instances are paid for.', default: 'ON_DEMAND' }),
  capacityReservations: z
    .strictObject({
      reservationGroupArn: Text.optional().meta({ description: 'Group of the reservations.' }),
      reservationPreference: z
        .enum(['RESERVATIONS_ONLY', 'RESERVATIONS_FIRST', 'RESERVATIONS_EXCLUDED'])
        .optional()
        .meta({ description: 'Whether anything beside them is used.' }),
    })
    .optional()
    .meta({ description: 'Capacity that is reserved.' }),
  fipsEnabled: z.boolean().optional().meta({ description: 'Whether cryptography is that of FIPS 140.', default: false }),
  instanceRequirements: InstanceRequirements.optional().meta({ description: 'Which types of instances may be started.' }),
});

export const ManagedInstancesProvider = z.strictObject({
  infrastructureRoleArn: Text.meta({ description: 'Role under which ECS keeps the instances.' }),
  instanceLaunchTemplate: InstanceLaunchTemplate.meta({ description: 'How instances are started.' }),
  propagateTags: z
    .enum(['CAPACITY_PROVIDER', 'NONE'])
    .optional()
    .meta({ description: 'Whether instances get the tags of the provider.', default: 'NONE' }),
  infrastructureOptimization: z
    .strictObject({
      scaleInAfter: z
        .int()
        .min(-1)
        .max(3_600)
        .optional()
        .meta({ description: 'Seconds after which an empty instance goes; -1: it stays.' }),
    })
    .optional()
    .meta({ description: 'When instances that are not needed go.' }),
});
export type ManagedInstancesProvider = z.infer<typeof ManagedInstancesProvider>;
