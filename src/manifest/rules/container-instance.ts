// What is asked of the container instances of a cluster beyond their shape: names once, attributes once, no more of them than ECS takes.
import { MAX_ATTRIBUTES, type ContainerInstance } from '../../model/cluster/container-instance.ts';
import { onValue } from '../finding.ts';
import { repeated } from './repeated.ts';
import type { Finding } from '../finding.ts';
import type { Path } from '../text/tree.ts';

/** What is wrong with the instances at a path. */
export function instanceFindings(instances: readonly ContainerInstance[], path: Path): Finding[] {
  const twice = repeated(instances, ({ name }) => name).map(({ index, key }) =>
    onValue('duplicate-instance', [...path, index, 'name'], `the container instance "${key}" is listed twice`, 'rename one of the two'),
  );
  return [...twice, ...instances.flatMap((instance, index) => attributeFindings(instance, [...path, index, 'attributes']))];
}

function attributeFindings({ attributes = [] }: ContainerInstance, path: Path): Finding[] {
  const twice = repeated(attributes, ({ name }) => name).map(({ index, key }) =>
    onValue('duplicate-instance-attribute', [...path, index, 'name'], `the attribute "${key}" is given twice`, 'keep one of the two'),
  );
  const own = attributes.filter(({ name }) => !name.startsWith('ecs.'));
  if (own.length <= MAX_ATTRIBUTES) return twice;
  const message = `the instance has ${own.length} attributes of your own; ECS allows ${MAX_ATTRIBUTES}`;
  return [...twice, onValue('too-many-instance-attributes', path, message, 'remove some of them')];
}
