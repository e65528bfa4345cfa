// Docker contexts as `docker context create` leaves them, in a folder of a test.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a context says of Docker, and the certificates beside it. */
export interface WrittenContext {
  readonly host?: string;
  readonly skipVerify?: boolean;
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** Writes one below `config`, which is what DOCKER_CONFIG names. */
export function writeContext(config: string, name: string, { host, skipVerify = false, tls }: WrittenContext): void {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = join(config, 'contexts', 'meta', id);
  mkdirSync(meta, { recursive: true });
  const docker = host === undefined ? {} : { docker: { Host: host, SkipTLSVerify: skipVerify } };
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints: docker }));
  if (tls === undefined) return;
  const folder = join(config, 'contexts', 'tls', id, 'docker');
  mkdirSync(folder, { recursive: true });
  for (const [which, text] of Object.entries(tls)) writeFileSync(join(folder, `${which}.pem`), text);
}
