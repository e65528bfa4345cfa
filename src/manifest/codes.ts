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

  // JSON
  'json-syntax': 'a manifest is not well-formed JSON',
  'json-too-deep': 'a JSON manifest is nested deeper than is read',
  'json-too-many-keys': 'a JSON manifest holds more keys and list items than are read',
  'json-control-character': 'a text in JSON holds a control character',

  // a document
  'not-a-mapping': 'a document is a list or a single value',
  'missing-kind': 'a document has no kind',
  'unknown-kind': 'a document has a kind that does not exist',
  'unsupported-kind': 'a document has a kind that ECS knows and Longshore does not have yet',

  // a field
  'unknown-key': 'a key does not exist in this place',
  'unsupported-field': 'a field that ECS knows and Longshore does not have yet',
  'response-field': 'a field that ECS only gives in answers',
  'field-approximated': 'a field that Docker cannot honour as ECS does, and what is done instead (warning)',
  'field-ignored': 'a field that means nothing on Docker engines and is left out (warning)',
  'field-refused': 'a field that cannot be honoured and must not be left out',
  'not-deployed-yet':
    'a field, value or kind that this version checks and does not act on yet (warning; an error when it is to be deployed)',
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

  // a compose project
  'compose-file-missing': 'a file that a compose project includes, extends or names is not in the repository',
  'compose-file-unread': 'a compose file beside the project is not part of it (warning)',
  'compose-version-1': 'a compose file of the first version: services stand at the top level',
  'compose-no-services': 'a compose project has no services',
  'compose-too-large': 'a compose project is larger than is read',
  'compose-loop': 'files that include, or services that extend, each other',
  'compose-loop-of-dependencies': 'services that wait for each other',
  'env-file-missing': 'an env file or label file is not in the repository',
  'bad-env-file': 'a line of an env file cannot be read',
  'bad-variable': 'a variable is written in a form that does not exist',
  'variable-required': 'a variable that a compose file requires is not set',
  'variable-needed': 'a field cannot be read because a variable in it is not set',
  'variable-unset': 'a variable is not set and is replaced by nothing (warning)',
  'environment-unset': 'an environment variable takes its value from outside and is not set there (warning)',
  'bad-name': 'a name has characters that a name cannot have',
  'bad-port': 'a port, a range of ports or its address is malformed',
  'bad-volume': 'a volume in its short form is malformed',
  'volume-option-ignored': 'an option of a volume that means nothing (warning)',
  'bad-duration': 'a duration is malformed',
  'bad-byte-size': 'a size in bytes is malformed',
  'bad-command': 'a command cannot be split into words',
  'command-cut': 'a command has an operator of a shell, behind which nothing is read (warning)',
  'duplicate-item': 'a list holds one value twice',
  'duplicate-mount': 'two volumes of a service have one path in the container',
  'no-image': 'a service has neither an image nor a build',
  'build-without-image': 'a service has a build and no image',
  'build-ignored': 'a service has a build beside its image (warning)',
  'undefined-service': 'a service names another one that does not exist',
  'undefined-network': 'a service names a network that is not defined',
  'undefined-volume': 'a service names a volume that is not defined',
  'undefined-secret': 'a service names a secret that is not defined',
  'undefined-config': 'a service names a config that is not defined',
  'undefined-model': 'a service names a model that is not defined',
  'inactive-service': 'a service needs another one whose profiles are not active',
  'fields-exclude-each-other': 'two fields cannot stand beside each other',
  'fields-disagree': 'two fields say the same thing differently',
  'no-content': 'a secret or config does not say where its text comes from',
  'bad-health-test': 'the test of a health check does not begin with NONE, CMD or CMD-SHELL',

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
export const WARNINGS: ReadonlySet<ProblemCode> = new Set([
  'revision-ignored',
  'duplicate-environment-name',
  'percentages-allow-nothing',
  'compose-file-unread',
  'variable-unset',
  'environment-unset',
  'volume-option-ignored',
  'command-cut',
  'build-ignored',
  'field-approximated',
  'field-ignored',
  'not-deployed-yet',
]);

/** Warnings that become errors where the commit is deployed or planned to be: what runs would not be what was asked for. */
export const DEPLOYING_ERRORS: ReadonlySet<string> = new Set<ProblemCode>(['not-deployed-yet']);
