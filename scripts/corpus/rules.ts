// The rule behind a refusal, in the words of whoever else refuses the file: AWS's API, Compose, YAML, JSON. A code without a line here is
// refused by a rule of Longshore's own, which its cause says.
import { CODES } from '../../src/manifest/codes.ts';
import type { ProblemCode } from '../../src/manifest/codes.ts';

const RULES: Readonly<Partial<Record<ProblemCode, string>>> = {
  // Compose
  'container-path-relative': 'Docker on Linux: a mount path must be absolute',
  'build-without-image': 'Longshore builds nothing; Compose would build the image on the machine that it runs on',
  'compose-file-missing': 'Compose: a file of include or extends must exist (here the file is judged alone)',
  'compose-no-services': 'Compose: a project has services',
  'compose-version-1': 'Compose v2 dropped the first version of the format: services stand under services',
  'env-file-missing': 'Compose: an env file must exist unless it is not required (here the file is judged alone)',
  'fields-exclude-each-other': 'Compose: the two fields exclude each other',
  'no-content': 'Compose: a secret or config has file, environment, content or external',
  'no-image': 'Compose: a service has neither an image nor a build context specified',
  'undefined-config': 'Compose: service refers to undefined config',
  'undefined-network': 'Compose: service refers to undefined network',
  'undefined-secret': 'Compose: service refers to undefined secret',
  'undefined-service': 'Compose: service depends on, links or extends an undefined service',
  'undefined-volume': 'Compose: service refers to undefined volume',
  'variable-needed': 'Compose: what is left of the field without its variable is no value of it',
  'variable-required': 'Compose: required variable is missing a value',
  // ECS and what is beside it
  'bad-policy': 'IAM: a principal is *, an account or an ARN',
  'bad-secret-reference': 'Secrets Manager: all three of key, stage and version are given behind the name, or none',
  'bad-size': 'ECS RegisterTaskDefinition: task cpu is 128 to 196,608 units',
  'container-not-in-task': 'ECS: a container that is named must be in the task definition',
  'field-refused': 'what the file asks for cannot run on a Linux Docker engine, or only inside AWS',
  'lifecycle-tags': 'ECR: must specify tagPrefixList or tagPatternList',
  'log-option-missing': 'ECS on Fargate: awslogs needs awslogs-stream-prefix',
  'log-router-unused': 'ECS: a log router needs a container that logs with awsfirelens',
  'no-memory': "ECS: at least one of 'memory' or 'memoryReservation' must be specified",
  'unknown-volume': 'ECS: a mount point names a volume of the task definition',
  'json-syntax': 'RFC 8259',
  'yaml-syntax': 'YAML 1.2',
};

/** What refuses a file that has this code. */
export function ruleOf(code: string): string {
  return RULES[code as ProblemCode] ?? CODES[code as ProblemCode] ?? code;
}
