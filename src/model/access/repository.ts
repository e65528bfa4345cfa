// Repositories of a registry (ECR): whether tags may move, when images are scanned, which images expire, who may pull and push.
// Names are ECR's.
import { z } from 'zod';
import { Tags } from '../tags.ts';

const TagPattern = z.string().min(1).max(128);

export const LifecycleSelection = z.strictObject({
  tagStatus: z.enum(['tagged', 'untagged', 'any']).meta({ description: 'Which images the rule looks at.' }),
  tagPatternList: z.array(TagPattern).min(1).optional().meta({ description: 'Patterns with *; an image has a tag for each of them.' }),
  tagPrefixList: z.array(TagPattern).min(1).optional().meta({ description: 'Prefixes; an image has a tag for each of them.' }),
  storageClass: z.enum(['standard', 'archive']).optional().meta({ description: 'Where the images lie.', default: 'standard' }),
  countType: z
    .enum(['imageCountMoreThan', 'sinceImagePushed', 'sinceImagePulled', 'sinceImageTransitioned'])
    .meta({ description: 'Whether images are counted, or their age is.' }),
  countUnit: z.enum(['days']).optional().meta({ description: 'Unit of an age.' }),
  countNumber: z.int().min(1).meta({ description: 'How many images stay, or how many days.' }),
});

export const LifecycleRule = z.strictObject({
  rulePriority: z.int().min(1).meta({ description: 'Order of the rules; lower first, each number once.' }),
  description: z.string().max(256).optional().meta({ description: 'For people.' }),
  selection: LifecycleSelection.meta({ description: 'Which images.' }),
  action: z
    .strictObject({
      type: z.enum(['expire', 'transition']).meta({ description: 'What becomes of them.' }),
      targetStorageClass: z.enum(['archive']).optional().meta({ description: 'Where a transition takes them.' }),
    })
    .meta({ description: 'What becomes of them.' }),
});
export type LifecycleRule = z.infer<typeof LifecycleRule>;

export const LifecyclePolicy = z.strictObject({
  rules: z.array(LifecycleRule).min(1).max(50).meta({ description: 'Rules; at most 50.' }),
});
export type LifecyclePolicy = z.infer<typeof LifecyclePolicy>;

export const Repository = z
  .strictObject({
    repositoryName: z
      .string()
      .min(2)
      .max(256)
      .regex(
        /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/,
        'must be lower-case parts between slashes',
      )
      .optional()
      .meta({ description: 'Name of the repository: team/app.' }),
    registryId: z
      .string()
      .regex(/^[0-9]{12}$/, 'must be 12 digits')
      .optional()
      .meta({ description: 'Account of the registry; Longshore has none.' }),
    imageTagMutability: z
      .enum(['MUTABLE', 'IMMUTABLE', 'IMMUTABLE_WITH_EXCLUSION', 'MUTABLE_WITH_EXCLUSION'])
      .optional()
      .meta({ description: 'Whether a tag may be pushed again with another image.', default: 'MUTABLE' }),
    imageTagMutabilityExclusionFilters: z
      .array(
        z.strictObject({
          filterType: z.enum(['WILDCARD']).meta({ description: 'Sort of the filter.' }),
          filter: z
            .string()
            .regex(/^[0-9A-Za-z._*-]{1,128}$/, 'must be 1 to 128 letters, digits and . _ * -')
            .meta({ description: 'Tags, with *.' }),
        }),
      )
      .min(1)
      .max(5)
      .optional()
      .meta({ description: 'Tags for which the opposite holds; at most 5.' }),
    imageScanningConfiguration: z
      .strictObject({
        scanOnPush: z.boolean().optional().meta({ description: 'Whether each image is scanned when it is pushed.', default: false }),
      })
      .optional()
      .meta({ description: 'When images are scanned.' }),
    encryptionConfiguration: z
      .strictObject({
        encryptionType: z.enum(['AES256', 'KMS', 'KMS_DSSE']).meta({ description: 'How images are encrypted.' }),
        kmsKey: z.string().min(1).max(2_048).optional().meta({ description: 'Key of KMS.' }),
      })
      .optional()
      .meta({ description: 'How images are encrypted at rest; absent: AES256.' }),
    lifecyclePolicy: LifecyclePolicy.optional().meta({ description: 'Which images expire (PutLifecyclePolicy).' }),
    repositoryPolicy: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Who may pull and push (SetRepositoryPolicy): an IAM policy.' }),
    tags: Tags.optional().meta({ description: 'Tags; at most 50.' }),
  })
  .meta({ title: 'Repository', description: 'A repository of images (ECR CreateRepository, PutLifecyclePolicy, SetRepositoryPolicy).' });
export type Repository = z.infer<typeof Repository>;
