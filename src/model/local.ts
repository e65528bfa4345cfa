// Names of what lies on the daemon's own machine, as the operator's configuration writes them: a file, a variable of the environment.
import { z } from 'zod';

/** Linux takes paths of at most 4,096 bytes. */
export const LocalPath = z.string().min(1).max(4_096);

export const VariableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable');
