import { describe, expect, it } from 'vitest';
import { readOperatorConfig } from '../../src/manifest/operator-config.ts';
import { renderProblem } from '../../src/manifest/render-problem.ts';
import { sourceFile } from './story.ts';

const read = (text: string) => readOperatorConfig(sourceFile('/etc/longshore/config.yaml', text));
const told = (text: string): string => read(text).problems.map(renderProblem).join('\n');

const WHOLE = `secrets:
  providers:
    - { name: files, kind: directory, path: /etc/longshore/secrets }
    - { name: git, kind: sops, ageKeyFile: age.key }
    - { name: env, kind: environment, allow: [SESSION_SECRET] }
    - name: vault
      kind: vault
      address: https://vault.example:8200
      tokenFile: /run/vault/token
  routes:
    - { match: 'arn:aws:ssm:*', provider: files }
    - { match: '*', provider: vault }
`;

describe("the operator's configuration", () => {
  it('is read as it stands, without a default filled in', () => {
    const { config, problems } = read(WHOLE);
    expect(problems).toEqual([]);
    expect(config?.secrets?.providers.map(({ kind }) => kind)).toEqual(['directory', 'sops', 'environment', 'vault']);
    expect(config?.secrets?.providers[3]).not.toHaveProperty('mount');
  });

  it.each(['', '# nothing yet\n', '{}\n'])('an empty one sets nothing: %j', (text) =>
    expect(read(text)).toEqual({ config: {}, problems: [] }),
  );

  it.each([
    ['metadata: {}', {}],
    ['metadata: { address: 169.254.170.3, port: 51679 }', { address: '169.254.170.3', port: 51_679 }],
  ])('%s asks for the metadata endpoint', (text, metadata) => expect(read(text).config).toEqual({ metadata }));

  it('metadata.credentials are read, in files or at addresses', () => {
    const text = `metadata:
  credentials:
    - { role: web, file: web.json }
    - { role: arn:aws:iam::123456789012:role/job, url: "http://127.0.0.1:9000/job?x=1" }
`;
    expect(read(text).config?.metadata?.credentials).toHaveLength(2);
  });

  it.each([
    ['{ role: web }', 'missing-field'],
    ['{ role: web, file: a, url: "https://b.example" }', 'fields-exclude-each-other'],
    ['{ role: web, url: "http://b.example/" }', 'bad-form'],
    ['{ role: web, url: "https://user:hunter2@b.example/" }', 'bad-form'],
    ['{ role: web, file: a }, { role: "arn:aws:iam::123456789012:role/web", file: b }', 'duplicate-item'],
  ])('metadata.credentials: [%s] is refused: %s', (entries, code) => {
    const text = `metadata:\n  credentials: [${entries}]\n`;
    expect(read(text).problems.map((problem) => problem.code)).toEqual([code]);
    expect(told(text)).not.toContain('hunter2');
  });

  it.each(['address: metadata.example', 'port: 0', 'adress: 169.254.170.2'])('metadata: { %s } is refused', (field) =>
    expect(read(`metadata: { ${field} }`)).toMatchObject({ config: null, problems: [{}] }),
  );

  it('efs says where file systems are', () => {
    const text = `efs:
  region: eu-west-1
  fileSystems:
    - { fileSystemId: fs-1, address: 10.0.0.7, path: /exports, mountOptions: [nfsvers=4.2, hard], accessPoints: [{ accessPointId: a, path: /a }] }
    - { fileSystemId: fs-2, address: 'fd00::7' }
`;
    expect(read(text).problems).toEqual([]);
    expect(read(text).config?.efs?.fileSystems).toHaveLength(2);
  });

  it.each([
    ['{ fileSystemId: fs-1 }', 'missing-field'],
    ['{ fileSystemId: fs-1, address: "10.0.0.7,nolock" }', 'bad-form'],
    ['{ fileSystemId: fs-1, address: a, path: exports }', 'bad-form'],
    ['{ fileSystemId: fs-1, address: a, path: /exports/../etc }', 'bad-form'],
    ['{ fileSystemId: fs-1, address: a, mountOptions: ["hard,addr=10.0.0.8"] }', 'bad-form'],
    ['{ fileSystemId: fs-1, address: a, mountOptions: [addr=10.0.0.8] }', 'bad-form'],
    ['{ fileSystemId: fs-1, address: a }, { fileSystemId: fs-1, address: b }', 'duplicate-item'],
    [
      '{ fileSystemId: fs-1, address: a, accessPoints: [{ accessPointId: p, path: /a }, { accessPointId: p, path: /b }] }',
      'duplicate-item',
    ],
  ])('efs.fileSystems: [%s] is refused: %s', (entries, code) => {
    expect(read(`efs:\n  fileSystems: [${entries}]\n`).problems.map((problem) => problem.code)).toEqual([code]);
  });

  it('capacityProviders says what adds instances', () => {
    const text =
      'capacityProviders:\n  - { name: burst, command: [./hook.sh], maximum: 3 }\n  - { name: other, url: https://scaler.example/ }\n';
    expect(read(text).config?.capacityProviders?.map(({ name }) => name)).toEqual(['burst', 'other']);
  });

  it.each([
    ['{ name: burst }', 'missing-field'],
    ['{ name: burst, command: [a], url: https://scaler.example/ }', 'fields-exclude-each-other'],
    ['{ name: burst, url: http://scaler.example/ }', 'bad-form'],
    ['{ name: burst, command: [a], minimum: 11 }', 'wrong-value'],
    ['{ name: burst, command: [a] }, { name: burst, command: [b] }', 'duplicate-item'],
  ])('capacityProviders: [%s] is refused: %s', (entries, code) => {
    expect(read(`capacityProviders: [${entries}]\n`).problems.map((problem) => problem.code)).toEqual([code]);
  });

  it('a region has the form of one', () => expect(told('efs: { region: "evil.example/" }')).toContain('must be a region of AWS'));

  it('engines.credentials are read: certificates, key files, the agent', () => {
    const text = `engines:
  credentials:
    - { name: lan, kind: tls, hosts: ["*.lan"], caFile: ca.pem, certFile: cert.pem, keyFile: key.pem, serverName: engine }
    - { name: hosts, kind: ssh, keyFile: id, passphrase: { environment: SSH_PASSPHRASE }, knownHostsFile: known_hosts }
    - { name: mine, kind: ssh, agent: true }
`;
    expect(read(text).config?.engines?.credentials.map(({ kind }) => kind)).toEqual(['tls', 'ssh', 'ssh']);
  });

  it.each([
    ['{ name: a, kind: ssh }', ['missing-field'], 'has no keyFile'],
    ['{ name: a, kind: ssh, keyFile: k, agent: true }', ['fields-exclude-each-other'], 'both keyFile and agent'],
    ['{ name: a, kind: ssh, agent: true, passphrase: { environment: P } }', ['fields-exclude-each-other'], 'both agent and passphrase'],
    ['{ name: a, kind: ssh, keyFile: k, passphrase: hunter2 }', ['wrong-type'], 'passphrase must be'],
    ['{ name: a, kind: ssh, keyFile: k, password: hunter2 }', ['unknown-key'], 'no key "password"'],
    ['{ name: a, kind: tls, caFile: a, certFile: b }', ['missing-field'], 'has no keyFile'],
    ['{ name: a, kind: ssh, agent: true }, { name: a, kind: ssh, agent: true }', ['duplicate-item'], 'two credentials are called a'],
    ['{ name: a, kind: ssh, agent: false }', ['wrong-value'], 'agent must be true'],
    ['{ name: a, kind: tsl }', ['wrong-value'], 'did you mean tls?'],
  ])('engines.credentials: [%s] is refused', (entries, codes, said) => {
    const text = `engines:\n  credentials: [${entries}]\n`;
    expect(read(text).problems.map((problem) => problem.code)).toEqual(codes);
    expect(told(text)).toContain(said);
    expect(told(text)).not.toContain('hunter2');
  });

  it('tells all faults at once, each with its place and a hint', () => {
    const text = `secrets:
  providers:
    - { name: files, kind: directory, pth: /etc/longshore/secrets }
    - { name: files, kind: direktory }
    - { name: Vault, kind: vault }
  rotes: []
log: debug
`;
    expect(told(text)).toMatchInlineSnapshot(`
      "/etc/longshore/config.yaml:3:39: error[unknown-key]: secrets.providers[0] has no key "pth"
        3 |     - { name: files, kind: directory, pth: /etc/longshore/secrets }
          |                                       ^
      hint: did you mean path?
      /etc/longshore/config.yaml:4:28: error[wrong-value]: secrets.providers[1].kind must be directory or sops or environment or vault
        4 |     - { name: files, kind: direktory }
          |                            ^
      hint: did you mean directory?
      /etc/longshore/config.yaml:5:15: error[bad-form]: secrets.providers[2].name must be a letter, then up to 31 letters, digits or hyphens, all lower-case, and not be arn
        5 |     - { name: Vault, kind: vault }
          |               ^
      hint: write a text of this form
      /etc/longshore/config.yaml:5:7: error[missing-field]: secrets.providers[2] has no address
        5 |     - { name: Vault, kind: vault }
          |       ^
      hint: add address
      /etc/longshore/config.yaml:6:3: error[unknown-key]: secrets has no key "rotes"
        6 |   rotes: []
          |   ^
      hint: did you mean routes?
      /etc/longshore/config.yaml:7:1: error[unknown-key]: a configuration has no key "log"
        7 | log: debug
          | ^
      hint: known here: secrets, engines, metadata, efs, capacityProviders"
    `);
  });

  it.each([
    [
      'two of one name',
      'providers: [{ name: a, kind: directory, path: x }, { name: a, kind: directory, path: y }]',
      'two providers are called a',
    ],
    [
      'no routes',
      'providers: [{ name: a, kind: directory, path: x }, { name: b, kind: directory, path: y }]',
      'has several providers and no routes',
    ],
    [
      'a lost route',
      'providers: [{ name: files, kind: directory, path: x }]\n  routes: [{ match: a, provider: file }]',
      'did you mean files?',
    ],
    ['a name that ARNs begin with', 'providers: [{ name: arn, kind: directory, path: x }]', 'must be a letter'],
    ['a vault without a token', 'providers: [{ name: v, kind: vault, address: "https://v" }]', 'has no tokenFile'],
    [
      'both tokens',
      'providers: [{ name: v, kind: vault, address: "https://v", tokenFile: a, token: { environment: T } }]',
      'keep one of the two',
    ],
    [
      'an address in the clear',
      'providers: [{ name: v, kind: vault, address: "http://v.example", tokenFile: a }]',
      'must begin with https://',
    ],
    ['a path out of the repository', 'providers: [{ name: s, kind: sops, ageKeyFile: k, path: a/../../b }]', 'inside the repository'],
    ['another kind', 'providers: [{ name: s, kind: soap }]', 'did you mean sops?'],
    ['no kind', 'providers: [{ name: s }]', 'has no kind'],
  ])('%s', (_, text, expected) => {
    expect(read(`secrets:\n  ${text}\n`).config).toBeNull();
    expect(told(`secrets:\n  ${text}\n`)).toContain(expected);
  });

  it('two documents are one too many', () => expect(told('secrets: { providers: [] }\n---\n{}\n')).toContain('one document'));

  const SECRET = 'hvs.hunter2';
  it.each([
    ['a token in the place of its variable', `{ name: v, kind: vault, address: "https://v", token: ${SECRET} }`],
    ['a token next to a misspelt key', `{ name: v, kind: vault, adress: "https://v", token: ${SECRET} }`],
    ['a token in an address', `{ name: v, kind: vault, address: "https://${SECRET}@v", tokenFile: t }`],
    ['a key in the place of its file', `{ name: s, kind: sops, ageKeyFile: [${SECRET}] }`],
    ['a token in broken text', `{ name: v, kind: vault, token: ${SECRET}`],
    ['a token with a tag', `{ name: v, kind: vault, token: !secret ${SECRET} }`],
    ['a password of its own invention', `{ name: v, kind: vault, address: "https://v", password: ${SECRET} }`],
  ])('shows nothing of %s', (_, provider) => {
    const text = `secrets:\n  providers:\n    - ${provider}\n`;
    expect(read(text).problems.length).toBeGreaterThan(0);
    expect(told(text)).not.toContain(SECRET);
  });
});
