// What a repository starts with: files, and what whoever starts it has to know about them.
import type { Written } from '../../manifest/write/ecs.ts';

export interface Started {
  readonly files: readonly Written[];
  /** One sentence each, without an end mark. */
  readonly notes: readonly string[];
}
