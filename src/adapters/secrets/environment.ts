// Variables of the daemon's own environment, those that the operator allows and no other: PATH and credentials of the daemon are nobody's
// secrets. What the service manager gave the daemon at its start stays until its end; a change needs a restart, which interrupts nothing.
import { SecretError, onlyCurrent } from './provider.ts';
import type { Provider } from './provider.ts';

export interface EnvironmentOptions {
  readonly name: string;
  readonly allow: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The provider over an environment. */
export function environmentProvider({ name, allow, environment }: EnvironmentOptions): Provider {
  return {
    name,
    opensCommit: false,
    read: async ({ names, ...version }) => {
      onlyCurrent(version, name);
      const allowed = names.find((each) => allow.includes(each));
      if (allowed === undefined) {
        const hint = 'Add its name to allow in the configuration, or route it to another provider.';
        throw new SecretError('refused', `${names.join(' or ')} is none of the variables that ${name} may read`, hint);
      }
      const text = environment[allowed];
      if (text !== undefined) return { kind: 'text', text };
      throw new SecretError(
        'absent',
        `the daemon's environment has no ${allowed}`,
        'Set it where the daemon is started (EnvironmentFile= in its unit), and restart it.',
      );
    },
    readFile: null,
  };
}
