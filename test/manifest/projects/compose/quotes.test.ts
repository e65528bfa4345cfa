// Quoted texts whose lines are indented too little: read as Compose reads them, with every place where it was.
import { describe, expect, it } from 'vitest';
import { projectOf, toldOf } from './project.ts';

const READ: readonly (readonly [name: string, lines: string, wanted: unknown])[] = [
  ['as far as the key', '    command: "\n    a\n    b\n    "', ['a', 'b']],
  ['less than the key', "    command: 'a\n  b'", ['a', 'b']],
  ['two of them', "    hostname: 'x\n    y'\n    command: 'a\n  b'", ['a', 'b']],
];

describe('quoted texts over several lines', () => {
  it.for(READ)('%s', ([, lines, wanted]) => {
    const read = projectOf({ 'compose.yaml': `services:\n  web:\n    image: a\n${lines}\n    user: 1\n` });
    const line = 4 + lines.split('\n').length;
    expect(toldOf(read)).toEqual([`compose.yaml:${line}:11 wrong-type`]);
    expect(read.project.services['web']?.command).toEqual(wanted);
  });

  it.for([
    ['a quote that is never closed', 'services:\n  web:\n    image: "a\n    user: b\n', 'compose.yaml:3:12 yaml-syntax'],
    ['text behind a quote', 'services:\n  web:\n    image: "a"#b\n', 'compose.yaml:3:12 yaml-syntax'],
    ['what the repair does not mend', 'services:\n  web:\n    image: "a\n    user: "b\n', 'compose.yaml:3:12 yaml-syntax'],
  ] as const)('%s', ([, text, wanted]) => {
    expect(toldOf(projectOf({ 'compose.yaml': text }))[0]).toBe(wanted);
  });
});
