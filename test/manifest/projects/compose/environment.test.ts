// Where values come from, which services are deployed, and what services need of each other.
import { describe, expect, it } from 'vitest';
import { projectOf, toldOf, webOf } from './project.ts';

describe('variables', () => {
  it('what the caller knows wins over .env, and .env over defaults', () => {
    const files = { 'a/compose.yaml': 'services: { web: { image: "${A:-0}/${B:-0}/${C:-0}" } }', 'a/.env': 'A=1\nB=1\n' };
    expect(projectOf(files, { values: { A: '2' } }).project.services['web']?.image).toBe('2/1/0');
  });

  it('are replaced in values and not in keys, and become what the field asks for', () => {
    const read = webOf('init: ${YES}\ndeploy: { replicas: "${COUNT}" }\nlabels: { "${KEY}": "${KEY}", price: $$5 }', '');
    expect(toldOf(read).map((line) => line.split(' ')[1])).toContain('variable-needed');
    const files = {
      'compose.yaml': 'services: { web: { image: a, init: "${YES}", scale: "${COUNT}", labels: { "${KEY}": "${KEY}", b: $$5 } } }',
    };
    const web = projectOf(files, { values: { YES: 'true', COUNT: '2', KEY: 'k' } }).project.services['web'];
    expect(web).toEqual({ image: 'a', init: true, scale: 2, labels: { '${KEY}': 'k', b: '$5' } });
  });

  it('one that is not set is told once, at its first use', () => {
    const read = projectOf({ 'compose.yaml': 'services:\n  web: { image: "a${TAG}", hostname: "${TAG}", user: "${OTHER}" }\n' });
    expect(toldOf(read)).toEqual(['compose.yaml:2:19 variable-unset', 'compose.yaml:2:55 variable-unset']);
  });

  it('the name of the project is that of its folder', () => {
    const web = projectOf({ 'My App/compose.yaml': 'services: { web: { image: "${COMPOSE_PROJECT_NAME}" } }' }).project.services['web'];
    expect(web?.image).toBe('myapp');
  });

  it('COMPOSE_FILE of .env names the files', () => {
    const files = {
      'a/compose.yaml': 'services: { web: { image: a } }',
      'a/prod.yaml': 'services: { web: { image: b } }',
      'a/.env': '# which\nCOMPOSE_FILE=compose.yaml:prod.yaml:gone.yaml\n',
    };
    const read = projectOf(files);
    expect(read.project.services['web']?.image).toBe('b');
    expect(toldOf(read)).toEqual(['a/.env:1:1 compose-file-missing']);
  });

  it('a broken .env is told at its line, and no value is shown', () => {
    const read = projectOf({ 'compose.yaml': 'services: { web: { image: a } }', '.env': 'A=1\nSECRET hunter2\n' });
    expect(toldOf(read)).toEqual(['.env:2:7 bad-env-file']);
    expect(JSON.stringify(read.problems)).not.toContain('hunter2');
  });
});

describe('the environment of a service', () => {
  it('env files lie below its own, later ones above earlier ones, and names are resolved', () => {
    const read = projectOf(
      {
        'compose.yaml':
          'services:\n  web:\n    image: a\n    env_file: [a.env, { path: b.env, format: raw }, { path: c.env, required: false }]\n    environment: [OWN=0, FROM, GONE]\n',
        'a.env': 'A=1\nB=1\nOWN=1\nC=${A}-${OWN}\n',
        'b.env': 'B="2" # raw\n',
      },
      { values: { FROM: 'outside' } },
    );
    expect(read.project.services['web']?.environment).toEqual({ A: '1', B: '"2" # raw', C: '1-0', OWN: '0', FROM: 'outside' });
    expect(toldOf(read)).toEqual(['compose.yaml:5:32 environment-unset']);
  });

  it('labels come from files too', () => {
    const read = projectOf({
      'compose.yaml': 'services: { web: { image: a, label_file: l.env, labels: { a: 2 } } }',
      'l.env': 'a=1\nb=1\n',
    });
    expect(read.project.services['web']).toEqual({ image: 'a', labels: { a: '2', b: '1' } });
  });

  it.for(['.env', 'a.env', '.env.prod'])('no line of %s is shown, not even one that looks harmless', (path) => {
    const files = { 'compose.yaml': `services: { web: { image: a, env_file: ${path} } }`, [path]: 'A=1\nname: "hunter2\n' };
    const { problems } = projectOf(files);
    expect(problems.map(({ file, code }) => `${file} ${code}`)).toEqual([`${path} bad-env-file`]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('no problem shows a value, wherever it stands', () => {
    const secret = 'hunter2';
    const list = webOf(`environment:\n  - "PASSWORD =${secret}"\n  - [${secret}]\nenv_file: gone.env\nuser: 1`, '');
    expect(list.problems.length).toBeGreaterThan(2);
    expect(JSON.stringify(list.problems)).not.toContain(secret);
    const mapping = webOf(`environment:\n  name: "${secret}\${}"\n  A: [${secret}]`, '');
    expect(mapping.problems).toHaveLength(2);
    expect(JSON.stringify(mapping.problems)).not.toContain(secret);
  });

  it('a file that was asked for is named, found or not', () => {
    expect(webOf('env_file: gone.env').asked.toSorted()).toEqual(['.env', 'compose.yaml', 'gone.env']);
  });
});

describe('profiles', () => {
  const services = 'services:\n  web: { image: a }\n  mail: { image: b, profiles: [debug, all] }\n';
  it.for<readonly [string, string, readonly string[], readonly string[]]>([
    ['none', services, [], ['web']],
    ['by argument', services, ['debug'], ['web', 'mail']],
    ['all', services, ['*'], ['web', 'mail']],
    ['by the file itself', `x-longshore: { profiles: [all] }\n${services}`, [], ['web', 'mail']],
  ])('%s', ([, text, profiles, wanted]) => {
    expect(Object.keys(projectOf({ 'compose.yaml': text }, { profiles }).project.services)).toEqual(wanted);
  });

  it('by COMPOSE_PROFILES of .env', () => {
    expect(Object.keys(projectOf({ 'compose.yaml': services, '.env': 'COMPOSE_PROFILES=x,debug\n' }).project.services)).toEqual([
      'web',
      'mail',
    ]);
  });

  it('what is wrong with a service that is not deployed needs no file of its', () => {
    const read = projectOf({ 'compose.yaml': 'services: { web: { image: a }, mail: { image: b, profiles: [x], env_file: gone.env } }' });
    expect(toldOf(read)).toEqual([]);
    expect([...read.inactive]).toEqual(['mail']);
  });
});

describe('what a service waits for', () => {
  const others = '  db: { image: b }\n  mail: { image: c, profiles: [x] }\n';
  it.for<readonly [string, unknown]>([
    ['depends_on: [db]', { db: { condition: 'service_started' } }],
    ['depends_on: { db: { condition: service_healthy, restart: true } }', { db: { condition: 'service_healthy', restart: true } }],
    ['links: ["db:database"]', { db: { condition: 'service_started', restart: true, required: true } }],
    ['volumes_from: ["db:ro", "container:x"]', { db: { condition: 'service_started', restart: false, required: true } }],
    ['network_mode: service:db', { db: { condition: 'service_started', restart: true, required: true } }],
    ['links: [db]\ndepends_on: { db: { condition: service_healthy } }', { db: { condition: 'service_healthy' } }],
    ['depends_on: { mail: { condition: service_started, required: false } }', undefined],
  ])('%s', ([written, wanted]) => {
    const read = webOf(written, others);
    expect(toldOf(read)).toEqual([]);
    expect(read.project.services['web']?.depends_on).toEqual(wanted);
  });

  it.for<readonly [string, string]>([
    ['depends_on: [mail]', '4:18 inactive-service'],
    ['depends_on: [bd]', '4:18 undefined-service'],
    ['pid: service:gone', '4:10 undefined-service'],
  ])('%s', ([written, where]) => {
    expect(toldOf(webOf(written, others))).toEqual([`compose.yaml:${where}`]);
  });
});
