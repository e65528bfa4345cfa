// What every Engine promises, over each way to it: the suite that the unix socket passes, over mutual TLS and over ssh. Twice the suite is more
// than `npm test` has time for: `npm run proof:ways` runs it, and the other files of this folder hold what is special to each way.
import { afterAll, describe, it } from 'vitest';
import { engineContract } from '../../../contract/engine.ts';
import { dockerHarness } from '../../../support/docker-harness.ts';
import { engineForTests } from '../../../support/engine.ts';
import { startSshd, whyNoSshd } from '../../../support/sshd.ts';
import { sshWay, tlsWay } from '../../../support/ways.ts';

function leftOut(what: string, why: string): void {
  describe(what, () => it('is left out', ({ skip }) => skip(why)));
}

if (process.env['LONGSHORE_PROOF'] === 'ways') {
  const socketPath = await engineForTests();
  const overTls = await tlsWay(socketPath);
  afterAll(() => overTls.close());
  engineContract('the Docker adapter over mutual TLS', () => Promise.resolve(dockerHarness(socketPath, overTls.connection)));
  const why = whyNoSshd();
  if (why === null) {
    const sshd = await startSshd();
    const overSsh = await sshWay(sshd, socketPath);
    afterAll(async () => {
      await overSsh.close();
      await sshd.close();
    });
    engineContract('the Docker adapter over ssh', () => Promise.resolve(dockerHarness(socketPath, overSsh.connection)));
  } else leftOut('the Docker adapter over ssh', why);
} else leftOut('the Docker adapter over mutual TLS and over ssh', 'npm run proof:ways runs it');
