// Shapes that several fields of a service share: lists of texts, uses of files, limits, commands that run beside the service.
import { itself, list, mappingAt, record, replacing, scalarOf } from './shape.ts';
import { command, flag, mode, path, shortOr, text, textMap, whole } from './values.ts';
import type { Shape } from './shape.ts';

/** Names of services and of what they use. */
export const NAME = /^[a-zA-Z0-9._-]+$/;
/** Texts by themselves: a later file adds only what is new. */
export const set = list(text, { key: itself });
export const paths = list(path, { key: itself, single: true });
export const lines = list(text, { unique: true });

/** Uses of secrets or configs: two with one path in the container are one. Without a path it lies in `folder`. */
function fileMounts(folder: string): Shape {
  return list(shortOr('source', record({ source: text, target: text, uid: text, gid: text, mode }, { required: ['source'] })), {
    key: (item) => String(scalarOf(item, 'target') ?? `${folder}/${String(scalarOf(item, 'source'))}`),
  });
}

export const secretMounts = fileMounts('/run/secrets');
export const configMounts = fileMounts('');

export const ulimit: Shape = replacing((tree, name, reading) => {
  if (tree.kind === 'mapping')
    return record({ soft: whole(-1), hard: whole(-1) }, { required: ['soft', 'hard'] }).read(tree, name, reading);
  const both = whole(-1).read(tree, name, reading);
  return both === null ? null : mappingAt(tree, { soft: both, hard: both });
});

export const hookFields = {
  command,
  user: text,
  privileged: flag,
  working_dir: text,
  environment: textMap('kept'),
};
export const hook = record(hookFields, { required: ['command'] });
