// How a service's image is made and changed while one works on it: `build` and `develop`. Longshore does neither, but a file that Compose
// would refuse is refused.
import { hook, secretMounts, set, ulimit } from './lists.ts';
import { hosts } from './ports.ts';
import { list, mapOf, mappingAt, orEmpty, record } from './shape.ts';
import { bytes, choice, flag, path, resolvedScalar, text, textMap, textOrFlag } from './values.ts';
import type { Shape } from './shape.ts';

const buildFields = record({
  context: path,
  dockerfile: text,
  dockerfile_inline: text,
  entitlements: list(text),
  args: textMap('kept'),
  ssh: textMap(),
  labels: textMap(),
  cache_from: list(text),
  cache_to: list(text),
  no_cache: flag,
  no_cache_filter: list(text, { single: true }),
  additional_contexts: textMap(),
  network: text,
  provenance: textOrFlag,
  sbom: textOrFlag,
  pull: flag,
  target: text,
  shm_size: bytes,
  extra_hosts: hosts,
  isolation: text,
  privileged: flag,
  secrets: secretMounts,
  tags: set,
  ulimits: mapOf(ulimit),
  platforms: list(text),
});
export const build: Shape = {
  merge: buildFields.merge,
  read: (tree, name, reading) => {
    if (tree.kind !== 'scalar' || typeof tree.value !== 'string') return buildFields.read(tree, name, reading);
    return mappingAt(tree, { context: resolvedScalar(tree, reading) });
  },
};

const several = list(text, { single: true });
export const develop = orEmpty(
  record({
    watch: list(
      record(
        {
          path: text,
          action: choice(['rebuild', 'sync', 'restart', 'sync+restart', 'sync+exec']),
          target: text,
          ignore: several,
          include: several,
          exec: hook,
          initial_sync: flag,
        },
        { required: ['path', 'action'] },
      ),
    ),
  }),
);
