// Every problem code of the manifests, with its cause in one line: the only list of them. Codes are stable words for scripts:
// one is never renamed and never given a second cause. A story under test/manifest/stories shows each of them as people see it.

export const CODES = {
  // the commit
  'no-manifest': 'the commit holds no manifest at all',
  'too-many-files': 'the commit holds more manifest files than are read',
  'too-many-bytes': 'the manifests of the commit are larger together than is read',
  'too-many-problems': 'there are more problems than are shown',

  // a file
  'symlink-refused': 'a manifest is a symbolic link',
  'submodule-refused': 'a submodule stands where a manifest would',
  'file-too-large': 'a manifest is larger than is read',
  'binary-file': 'a manifest holds NUL bytes',
  'not-utf8': 'a manifest is not UTF-8',

  // YAML
  'yaml-syntax': 'a manifest is not well-formed YAML',
  'yaml-too-deep': 'a manifest is nested deeper than is read',
  'yaml-too-many-keys': 'a manifest holds more keys and list items than are read',
  'yaml-alias-bomb': 'aliases unfold into more than is read',
  'yaml-alias-loop': 'an anchor contains its own alias',
  'yaml-unknown-anchor': 'an alias names an anchor that does not stand before it',
  'yaml-bad-merge': 'a merge key (<<) is given something else than mappings',
  'yaml-unknown-tag': 'a value carries a tag (!something)',
  'yaml-key-not-text': 'a key is a number, a list or a mapping',
  'reserved-key': 'a key is called __proto__',
  'yaml-control-character': 'a text holds a NUL character',
  'duplicate-key': 'a key stands twice in one mapping',

  // a document
  'not-a-mapping': 'a document is a list or a single value',
  'missing-kind': 'a document has no kind',
  'unknown-kind': 'a document has a kind that does not exist',
  'unsupported-kind': 'a document has a kind that ECS knows and Longshore does not have yet',

  // a field
  'unknown-key': 'a key does not exist in this place',
  'unsupported-field': 'a field that ECS knows and Longshore does not have yet',
  'response-field': 'a field that ECS only gives in answers',
  'missing-field': 'a required field is absent',
  'wrong-type': 'a field has a value of the wrong type',
  'wrong-value': 'a field has a value that is none of its choices',
  'unsupported-value': 'a value that ECS knows and Longshore does not have yet',
  'out-of-range': 'a number is too small or too large',
  'wrong-length': 'a text or a list is too short or too long',
  'bad-form': 'a text does not have the form that its field asks for',
  'bad-size': 'a task size is neither a number nor a number with its unit',
  'bad-arn': 'an ARN is malformed or names another type of resource',
  'bad-image': 'an image reference is malformed',
  'bad-matcher': 'the health codes of a target group are malformed',
  'revision-given': 'a service names a revision of its task definition',
  'revision-ignored': 'the revision inside an ARN is left out (warning)',

  // a task definition
  'duplicate-container': 'two containers of a task definition have one name',
  'no-essential-container': 'no container of a task definition is essential',
  'no-memory': 'a container has no memory, no memoryReservation, and its task has no memory',
  'memory-below-reservation': 'a container has less memory than memoryReservation',
  'memory-over-task': 'a container has more memory than its task',
  'duplicate-container-port': 'a container maps one port twice',
  'duplicate-host-port': 'two mappings of a task ask for one host port',
  'duplicate-port-name': 'two mappings of a task have one name',
  'bad-health-command': 'the command of a health check does not begin with CMD or CMD-SHELL as it should',
  'duplicate-environment-name': 'an environment variable is given twice (warning)',
  'reserved-label': 'a label that Longshore sets itself',

  // load balancing
  'unknown-attribute': 'a target group attribute that does not exist',
  'unsupported-attribute': 'a target group attribute that ELB knows and Longshore does not have yet',
  'bad-attribute-value': 'a target group attribute has a value outside its range',
  'duplicate-attribute': 'a target group attribute is given twice',
  'condition-values': 'a rule condition does not have exactly one list of values',
  'condition-field': 'a rule condition has the values of another field',
  'duplicate-condition': 'a rule has two conditions on one field',
  'too-many-values': 'the conditions of a rule have too many values together',
  'too-many-wildcards': 'the conditions of a rule have too many wildcards together',
  'bad-host-pattern': 'a host pattern is malformed',
  'bad-path-pattern': 'a path pattern is malformed',
  'duplicate-priority': 'two rules of a listener have one priority',
  'duplicate-listener-port': 'two listeners ask for one port',

  // between documents
  'duplicate-definition': 'two documents define one thing',
  'unknown-cluster': 'a service names a cluster that is not defined',
  'unknown-task-definition': 'a service names a task definition that is not defined',
  'unknown-target-group': 'a target group is named that is not defined',
  'unattached-target-group': 'a service uses a target group that no listener forwards to',
  'unknown-container': 'a service names a container that its task definition does not have',
  'unknown-container-port': 'a service names a port that its container does not map',
  'duplicate-target': 'a service registers one container port twice in one target group',
  'percentages-allow-nothing': 'the deployment percentages let no task start and none stop (warning)',
} as const;

export type ProblemCode = keyof typeof CODES;

/** Problems that do not keep a commit from being used. */
export const WARNINGS: ReadonlySet<ProblemCode> = new Set(['revision-ignored', 'duplicate-environment-name', 'percentages-allow-nothing']);
