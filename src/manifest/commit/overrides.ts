// The overrides that schedules and rules hand over to RunTask: each names a container of the task definition. They are a text that holds
// JSON; whether it does is asked in rules/schedule.ts. Values of the text are never told: they may be environments.
import { nearest } from '../../std/text.ts';
import { offsetOf, textAt, treeAt } from '../text/tree.ts';
import { onValue } from '../finding.ts';
import { parseJson } from '../text/json.ts';
import type { EcsParameters } from '../../model/time/ecs-target.ts';
import type { Finding } from '../finding.ts';
import type { Path, Tree } from '../text/tree.ts';
import type { Resource } from '../document.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** What is wrong with the overrides of whatever starts tasks. `definitions`: by family; a missing one is told elsewhere. */
export function overrideFindings(resource: Resource, definitions: ReadonlyMap<string, TaskDefinition>): Finding[] {
  if (resource.kind === 'Schedule') return targetFindings(resource.spec.target, ['target'], definitions);
  if (resource.kind !== 'Rule' && resource.kind !== 'RuleTargets') return [];
  return (resource.spec.targets ?? []).flatMap((target, index) => targetFindings(target, ['targets', index], definitions));
}

interface Target {
  readonly input?: string | undefined;
  readonly ecsParameters?: EcsParameters | undefined;
}

function targetFindings(target: Target, path: Path, definitions: ReadonlyMap<string, TaskDefinition>): Finding[] {
  const definition = definitions.get(target.ecsParameters?.taskDefinitionArn ?? '');
  const input = target.input === undefined ? undefined : parseJson(target.input).documents[0];
  if (definition === undefined || input === undefined) return [];
  const containers = definition.containerDefinitions.map(({ name }) => name);
  const overrides = treeAt(input, ['containerOverrides']);
  if (overrides?.kind !== 'list') return [];
  return overrides.items.flatMap((_, index) => containerFinding(input, index, containers, definition.family, path));
}

function containerFinding(input: Tree, index: number, containers: readonly string[], family: string, path: Path): Finding[] {
  const place: Path = ['containerOverrides', index, 'name'];
  const name = textAt(input, place);
  if (name !== null && containers.includes(name)) return [];
  const meant = name === null ? null : nearest(name, containers);
  const message =
    name === null
      ? `an override of input names no container of the task definition "${family}"`
      : `input overrides a container "${name}" that the task definition "${family}" does not have`;
  const hint = meant === null ? `its containers are ${containers.join(', ')}` : `did you mean ${meant}?`;
  return [{ ...onValue('unknown-override', [...path, 'input'], message, hint), inside: offsetOf(input, place, 'value') }];
}
