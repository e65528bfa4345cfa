// The command line over each way to a real engine: the operator's configuration, the credentials in it, a service that comes up.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineForTests, newInstallation, removeInstallation } from '../support/engine.ts';
import { IMAGE } from '../support/images.ts';
import { longshore, type Ended } from '../cli/spawn.ts';
import { makePlace, web, type Place } from '../cli/place.ts';
import { sshWay, tlsWay, type SshConnection, type TcpConnection, type Way } from '../support/ways.ts';
import { startSshd, whyNoSshd, type Sshd } from '../support/sshd.ts';
import { writeContext } from '../support/contexts.ts';

const engine = await engineForTests();
const QUICK = 'x-longshore: { healthyAfter: 1 }\n';

let place: Place;
let installation: string;
beforeEach(() => {
  installation = newInstallation();
  place = makePlace();
  place.write('web.yaml', web({ image: IMAGE, extra: QUICK }));
  place.commit('works');
});
afterEach(async () => {
  await place.leave();
  await removeInstallation(engine, installation);
});

/** Writes the configuration into the state folder, where it is looked for. */
const configure = (credentials: readonly unknown[]): void =>
  writeFileSync(join(place.state, 'config.yaml'), JSON.stringify({ engines: { credentials } }));
const run = (verb: readonly string[], where: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> => {
  const shared = ['--repo', place.repository, '--state', place.state, '--engine', `${where},name=far`, '--installation', installation];
  return longshore([...verb, ...shared], environment);
};
/** Deploys over a way, and plans over the same way that nothing is left to do. */
const works = async (where: string, environment: Readonly<Record<string, string>> = {}): Promise<void> => {
  expect(await run(['watch', '--once', '--log-level', 'warn'], where, environment)).toMatchObject({
    code: 0,
    stderr: 'every service is as git declares it\nresult: OK (exit 0)\n',
  });
  expect(await run(['plan', '--detailed-exitcode'], where, environment)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^No changes\./),
  });
};

describe('an engine behind mutual TLS', () => {
  let way: Way<TcpConnection>;
  beforeAll(async () => {
    way = await tlsWay(engine);
  });
  afterAll(() => way.close());
  const where = (): string => `tcp://127.0.0.1:${way.connection.port}`;

  it('gets its services with the credential for its host', async () => {
    configure([{ ...way.connection.tls, hosts: ['127.0.0.*'] }]);
    await works(where());
  });

  it('that does not show the right certificate is away, and says why: 6', async () => {
    configure([{ ...way.connection.tls, hosts: ['127.0.0.*'], serverName: 'other.example' }]);
    const { code, stderr } = await run(['watch', '--once', '--log-level', 'error'], where());
    expect(code).toBe(6);
    expect(stderr).toContain('no engine answers: engine far: Unreachable: observe: tcp://127.0.0.1:');
    expect(stderr).toContain('its certificate is not for other.example, but for 127.0.0.1');
  });

  it('of another machine without a credential keeps the daemon from starting: 1', async () => {
    const { code, stderr } = await run(['watch', '--once'], 'tcp://10.9.9.9:2376');
    expect(code).toBe(1);
    expect(stderr).toContain('error: the engine far (tcp://10.9.9.9:2376) has no certificate for 10.9.9.9');
    expect(stderr).toContain('engines.credentials');
  });
});

const why = whyNoSshd();
if (why === null) {
  describe('an engine behind ssh', () => {
    let sshd: Sshd;
    let way: Way<SshConnection>;
    beforeAll(async () => {
      sshd = await startSshd();
      way = await sshWay(sshd, engine);
    });
    afterAll(async () => {
      await way.close();
      await sshd.close();
    });
    const where = (): string => `ssh://${sshd.user}@127.0.0.1:${way.connection.port}${engine}`;

    it('gets its services with the credential that is named, over one login', async () => {
      configure([way.connection.credential]);
      const before = sshd.logins();
      await works(`${where()},credential=test`);
      // The daemon's, and the plan's.
      expect(sshd.logins() - before).toBe(2);
    });

    it('gets its services by the name of a Docker context', async () => {
      const config = mkdtempSync(join(tmpdir(), 'docker-'));
      writeContext(config, 'far', { host: where() });
      configure([{ ...way.connection.credential, hosts: ['127.*'] }]);
      await works('context:far', { DOCKER_CONFIG: config });
      rmSync(config, { recursive: true });
    });

    it('whose key is not known is away, and says what to do: 6', async () => {
      writeFileSync(join(place.state, 'hosts'), '');
      configure([{ ...way.connection.credential, knownHostsFile: 'hosts' }]);
      const { code, stderr } = await run(['watch', '--once', '--log-level', 'error'], `${where()},credential=test`);
      expect(code).toBe(6);
      expect(stderr).toContain('the key of this host is not known');
      expect(stderr).toContain(`>> ${join(place.state, 'hosts')}`);
    });
  });
} else {
  describe('an engine behind ssh', () => it('is left out', ({ skip }) => skip(why)));
}
