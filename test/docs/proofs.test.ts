// Every field of a task definition that Longshore acts on is shown by a test on a real engine, or by the request that creates a container. The
// fields come from the schema: a new one fails here until a test has marked it (test/proves.ts). Each way to go wrong is planted once.
import { describe, expect, it } from 'vitest';
import { testSources } from '../../scripts/reference/marks.ts';
import { type Claim, claims, gaps } from '../../scripts/reference/proofs.ts';
import { type Proof, readMarks } from '../../scripts/reference/proof-marks.ts';
import { proves as marked, provesRequest as markedRequest, spelledOut } from '../proves.ts';
import { sourceOf } from '../tidy/source.ts';

const wanted = claims();
const marks = readMarks(testSources());

describe('the fields of a task definition', () => {
  it('are proved, each by a test that is marked for it', () => expect(gaps(wanted, marks.proofs)).toEqual([]));

  it('are marked where they are shown, and nowhere else', () =>
    expect(marks.faults.map(({ path, line, message }) => `${path}:${line}: ${message}`)).toEqual([]));

  it('are those of the schema: fields, single values, what is approximated; not what is ignored, refused or later', () => {
    const find = (name: string): Claim | undefined => wanted.find((claim) => claim.name === name);
    expect(wanted.length).toBeGreaterThan(150);
    expect(find('containerDefinitions[].ulimits[].softLimit')).toMatchObject({ fate: 'honoured', hasParts: false });
    expect(find('containerDefinitions[].ulimits')).toMatchObject({ hasParts: true });
    expect(find('networkMode: host')).toMatchObject({ fate: 'honoured' });
    expect(find('networkMode: default')).toMatchObject({ fate: 'approximated' });
    expect(find('ephemeralStorage')).toBeUndefined();
    expect(find('runtimePlatform.operatingSystemFamily: WINDOWS_SERVER_2022_FULL')).toBeUndefined();
  });

  it.each([
    'containerDefinitions[].ulimits[].hardLimit',
    'containerDefinitions[].logConfiguration.logDriver: awslogs',
    'networkMode: host',
    'taskRoleArn',
  ])('%s is missed when its marks are gone', (name) => {
    const without = marks.proofs.filter(({ field }) => field !== name);
    expect(without.length).toBeLessThan(marks.proofs.length);
    expect(gaps(wanted, without)).toEqual([expect.stringContaining(`${name} is `)]);
  });

  it('are not proved by the name of a field that is not there, or is not acted on', () => {
    const of = (field: string): Proof => ({ field, file: 'test/e2e/x.test.ts', test: 'x', requestBecause: null });
    const more = [...marks.proofs, of('containerDefinitions[].ulimit'), of('ephemeralStorage.sizeInGiB')];
    expect(gaps(wanted, more)).toEqual([
      expect.stringContaining('containerDefinitions[].ulimit in test/e2e/x.test.ts'),
      expect.stringContaining('ephemeralStorage.sizeInGiB in test/e2e/x.test.ts'),
    ]);
  });
});

describe('a mark', () => {
  const read = (text: string, path = 'test/e2e/x.test.ts') => readMarks([sourceOf(path, text)]);

  it('belongs to the test that it stands in', () => {
    const { proofs, faults } =
      read(`describe('a', () => { it.each([['user']])('b %s', () => { proves('containerDefinitions[].{user,image}'); image; }); });
      test('c', async () => { provesRequest('no GPU', 'cpu'); cpu; });`);
    const place = { file: 'test/e2e/x.test.ts', test: 'a > b %s', requestBecause: null };
    expect(faults).toEqual([]);
    expect(proofs).toEqual([
      { ...place, field: 'containerDefinitions[].user' },
      { ...place, field: 'containerDefinitions[].image' },
      { ...place, field: 'cpu', test: 'c', requestBecause: 'no GPU' },
    ]);
  });

  it.each([
    ['outside of a test', `describe('a', () => { proves('cpu'); cpu; })`, 'stands inside of the test'],
    ['that is not literal', `it('a', () => { proves(field); })`, 'write them as literals'],
    ['without a field', `it('a', () => { provesRequest('no GPU'); })`, 'says nothing'],
    ['of a field that the test never writes', `it('a', () => { proves('containerDefinitions[].user'); })`, 'writes no user'],
    ['of a value that the test never writes', `it('a', () => { proves('networkMode: host'); networkMode; })`, 'writes no host'],
  ])('%s is refused', (_, text, says) => {
    expect(read(text).faults.map(({ message }) => message)).toEqual([expect.stringContaining(says)]);
  });

  it('in a test without an engine is refused', () => {
    expect(read(`it('a', () => { proves('cpu'); cpu; })`, 'test/core/x.test.ts').faults).toMatchObject([{ path: 'test/core/x.test.ts' }]);
  });

  it.each([
    ['a', ['a']],
    ['a[].{b,c: d}', ['a[].b', 'a[].c: d']],
    ['a.{b,c[].{d, e},f}.g', ['a.b.g', 'a.c[].d.g', 'a.c[].e.g', 'a.f.g']],
    ['a.{b', ['a.{b']],
  ])('%s spells out its fields', (text, expected) => {
    expect(spelledOut(text)).toEqual(expected);
    expect(marked(text)).toEqual(expected);
    expect(markedRequest('why', text)).toEqual(expected.map((one) => `${one} (why)`));
  });
});
