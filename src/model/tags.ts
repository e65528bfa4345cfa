// Tags, as every AWS API takes them.
import { z } from 'zod';

export const Tag = z.strictObject({
  key: z.string().min(1).max(128).meta({ description: 'Key, 1 to 128 characters.' }),
  value: z.string().max(256).optional().meta({ description: 'Value, at most 256 characters.' }),
});
export const Tags = z.array(Tag).max(50);
