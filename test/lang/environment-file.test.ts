import { describe, expect, it } from 'vitest';
import { parseEnvironmentFile, parseEnvironmentFileName } from '../../src/lang/environment-file.ts';

describe('a file of variables, as ECS reads it', () => {
  it.each([
    ['', {}],
    ['A=1\nB=2\n', { A: '1', B: '2' }],
    ['A=1=2', { A: '1=2' }],
    ['A=', { A: '' }],
    ['# A=1\n#B=2', {}],
    [' # A=1', { ' # A': '1' }],
    ['A\n=1\n\nB=2', { B: '2' }],
    ['A="x y"', { A: '"x y"' }],
    ["A='x'", { A: "'x'" }],
    ['A= x # y ', { A: ' x # y ' }],
    ['A=${B}', { A: '${B}' }],
    ['export A=1', { 'export A': '1' }],
    ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['\u{feff}A=1', { A: '1' }],
    ['A=1\nA=2', { A: '2' }],
  ])('%j: %j', (text, variables) => {
    const { value } = parseEnvironmentFile(text);
    expect(Object.fromEntries((value ?? []).map((each) => [each.name, each.value]))).toEqual(variables);
  });

  it('is refused with a NUL character, and with more variables than a process starts with', () => {
    expect(parseEnvironmentFile('A=\0').fault?.message).toBe('holds a NUL character');
    const many = Array.from({ length: 10_001 }, (_, index) => `A${index}=1`).join('\n');
    expect(parseEnvironmentFile(many).fault?.message).toBe('sets more than 10000 variables');
  });
});

describe('the name of a file of variables', () => {
  it.each([
    ['env/prod.env', ['env/prod.env']],
    ['.env', ['.env']],
    ['arn:aws:s3:::bucket/env/prod.env', ['bucket/env/prod.env', 'env/prod.env']],
    ['arn:aws-cn:s3:::bucket/.env', ['bucket/.env', '.env']],
    ['arn:aws:s3:::bucket', null],
    ['arn:aws:s3:::bucket/prod.txt', null],
    ['arn:aws:ssm:::x.env', null],
    ['prod.txt', null],
    ['../prod.env', null],
    ['/etc/prod.env', null],
    ['arn:aws:s3:::bucket/a/../b.env', null],
  ])('%s: %j', (text, names) => expect(parseEnvironmentFileName(text).value).toEqual(names));
});
