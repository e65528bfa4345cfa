import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/manifest/text/yaml.ts';

/** `line:column message` of each fault of a text. */
function faultsOf(text: string): string[] {
  return parseYaml(text).faults.map(({ offset, message }) => {
    const before = text.slice(0, offset).split('\n');
    return `${before.length}:${(before.at(-1) ?? '').length + 1} ${message}`;
  });
}

describe('what is said of broken YAML', () => {
  it.each([
    ['a key beside its list item', 'a:\n  - name: app\n   image: nginx\n', ['3:1 the indentation does not fit its surroundings']],
    ['a line that is too deep', 'a:\n  b: 1\n   c: 2\n', ['3:1 the line is indented deeper than the key above it, which has a value']],
    ['the same behind an empty line', 'a: b\n\n c: d\n', ['3:1 the line is indented deeper than the key above it, which has a value']],
    ['a second colon', 'a: b: c\n', ['1:4 a mapping begins on the line of another key']],
    ['no space behind a colon', 'a:b\nc: d\n', ['1:1 a key runs over several lines']],
    ['a bracket that is left open', 'a: [1, 2\nb: 3\n', ['2:1 a bracket is still open where this line begins']],
    ['a variable in flow style', 'a: {x: ${Y}, z: ${Z}}\n', ['1:8 a variable stands inside brackets without quotes']],
    ['braces in a list', 'a: [--x={{y}}]\n', ['1:9 a comma is missing here']],
    ['text behind a quote', "a: 'it's'\n", ['1:8 something follows the end of a value']],
    ['a key without a colon', 'a:\n  b\n  c: d\n', ['2:3 a key runs over several lines']],
    ['a no-break space', 'kind:\u00a0Cluster\nclusterName: a\n', ['1:6 a no-break space is no space in YAML']],
    [
      'two slips on two lines',
      'a: @x\nb: `y`\n',
      ['1:4 a value begins with a reserved character', '2:4 a value begins with a reserved character'],
    ],
  ])('%s', (_, text, expected) => {
    expect(faultsOf(text)).toEqual(expected);
  });

  it('names a merge that nobody finished once, and nothing beside it', () => {
    const side = '<<<<<<< HEAD\n    image: a\n=======\n    image: b\n>>>>>>> feature\n';
    expect(faultsOf(`a:\n  b:\n${side}---\nc: d\n${side}`)).toEqual(['3:1 a merge conflict of git is not resolved here']);
  });

  it('reads a text that only looks like a conflict', () => {
    const text = 'script: |\n  <<<<<<< HEAD\n  >>>>>>> feature\ntitle: "<<<<<<< x"\n';
    expect(parseYaml(text).faults).toEqual([]);
  });
});
