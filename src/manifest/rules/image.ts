// Images that wait to be filled in: pipelines commit definitions with <IMAGE1_NAME> or PLACEHOLDER, and ECS registers them. They are right as
// templates and can't be deployed, so that is a warning when they are checked and an error where they would run.
import { isImagePlaceholder } from '../../lang/image-reference.ts';
import { onValue } from '../finding.ts';
import type { Finding } from '../finding.ts';
import type { TaskDefinition } from '../../model/task/task-definition.ts';

/** The containers whose image is a placeholder. */
export function imageFindings({ containerDefinitions }: TaskDefinition): Finding[] {
  return containerDefinitions.flatMap(({ name, image }, index) => {
    if (!isImagePlaceholder(image)) return [];
    const message = `the image of container "${name}" waits to be filled in: no engine can pull "${image}"`;
    const hint = 'fill it in before the definition is deployed; ${NAME} is filled in from an environment (docs/environments.md)';
    return [onValue('image-placeholder', ['containerDefinitions', index, 'image'], message, hint)];
  });
}
