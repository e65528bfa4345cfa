// An instance into a Cluster manifest and out of it: which bytes change, and that every other one stays.
import { describe, expect, it } from 'vitest';
import { itemText, newCluster, withInstance, withoutInstance } from '../../../src/manifest/write/instances.ts';

const yaml = (text: string, start = 0): Parameters<typeof withInstance>[0] => ({ text, isJson: false, start });
const web2 = {
  name: 'web2',
  endpoint: 'ssh://10.0.0.6',
  attributes: [{ name: 'disk', value: 'ssd' }, { name: 'gpu' }],
  reserved: { memory: 512 },
};
const small = { name: 'b', endpoint: 'unix:///b.sock' };

describe('an instance is added', () => {
  it('as an item of its own, a line for each field', () => {
    expect(itemText(web2, 2)).toBe(`  - name: web2
    endpoint: ssh://10.0.0.6
    attributes:
      - { name: disk, value: ssd }
      - { name: gpu }
    reserved: { memory: 512 }
`);
  });

  it('to a manifest that is new', () => {
    expect(newCluster('prod', small)).toBe(
      'kind: Cluster\nclusterName: prod\nx-longshore:\n  instances:\n    - name: b\n      endpoint: unix:///b.sock\n',
    );
  });

  /** `+` marks what is new; the rest is the text before. */
  it.each([
    [
      'behind the last item and its comments',
      'kind: Cluster\nx-longshore:\n  instances:\n  # all\n  - name:   a   # one\n    endpoint: "x"\n    # inner\n+  - name: b\n+    endpoint: unix:///b.sock\n  # tail\n\n  swarm: null\n',
    ],
    [
      'to items in braces',
      'kind: Cluster\nx-longshore:\n    instances:\n        - { name: a }\n+        - name: b\n+          endpoint: unix:///b.sock\n# end\n',
    ],
    [
      'to an extension without a list',
      'kind: Cluster\nx-longshore:\n  disconnectedGraceSeconds: 60 # quick\n+  instances:\n+    - name: b\n+      endpoint: unix:///b.sock\n',
    ],
    [
      'to a cluster without an extension',
      '# ours\nkind: Cluster\nclusterName:  prod\n+x-longshore:\n+  instances:\n+    - name: b\n+      endpoint: unix:///b.sock\n# end\n',
    ],
    [
      'to one document of several',
      'kind: Cluster\n+x-longshore:\n+  instances:\n+    - name: b\n+      endpoint: unix:///b.sock\n---\nkind:   Service\n',
    ],
    [
      'with the line ends of the file',
      'kind: Cluster\r\nclusterName: prod\r\n+x-longshore:\r\n+  instances:\r\n+    - name: b\r\n+      endpoint: unix:///b.sock\r\n',
    ],
  ])('%s', (_, marked) => {
    const before = marked.replaceAll(/^\+[^\n]*\n/gm, '');
    const after = marked.replaceAll(/^\+/gm, '');
    const at = before.indexOf('kind: Cluster');
    expect(withInstance(yaml(before, at), small)).toBe(after);
    expect(after).not.toBe(before);
  });

  it('to the second document', () => {
    const text = 'kind: Service\n---\n# second\nkind: Cluster\n';
    expect(withInstance(yaml(text, text.indexOf('kind: Cluster')), small)).toBe(
      `${text}x-longshore:\n  instances:\n    - name: b\n      endpoint: unix:///b.sock\n`,
    );
  });

  it('to an empty list, whose comment stays', () => {
    const text = 'kind: Cluster\nx-longshore:\n  instances: [] # none yet\n  disconnectedGraceSeconds: 60\n';
    expect(withInstance(yaml(text), small)).toBe(
      'kind: Cluster\nx-longshore:\n  instances: # none yet\n    - name: b\n      endpoint: unix:///b.sock\n  disconnectedGraceSeconds: 60\n',
    );
  });

  it('to a text that ends without a line end', () => {
    expect(withInstance(yaml('kind: Cluster\nclusterName: p'), small)).toBe(
      'kind: Cluster\nclusterName: p\nx-longshore:\n  instances:\n    - name: b\n      endpoint: unix:///b.sock\n',
    );
  });

  it('to a list in brackets: written anew with its comments', () => {
    const text = '# ours\nkind: Cluster\nx-longshore: { instances: [{ name: a }] } # all\n---\nkind: Service # other\n';
    expect(withInstance(yaml(text, text.indexOf('kind')), small)).toBe(
      '# ours\nkind: Cluster\nx-longshore: { instances: [ { name: a }, { name: b, endpoint: unix:///b.sock } ] } # all\n---\nkind: Service # other\n',
    );
  });

  it('to JSON, with its indentation', () => {
    const text = '{\n    "kind": "Cluster",\n    "x-longshore": {"instances": [{"name": "a"}]}\n}\n';
    const after = withInstance({ text, isJson: true, start: 0 }, small) ?? '';
    expect(JSON.parse(after)).toEqual({ kind: 'Cluster', 'x-longshore': { instances: [{ name: 'a' }, small] } });
    expect(after).toContain('\n    "kind"');
    expect(after.endsWith('}\n')).toBe(true);
  });
});

describe('an instance is taken out', () => {
  /** `-` marks what goes. */
  it.each([
    ['the first', 'kind: Cluster\nx-longshore:\n  instances:\n  # all\n-  - name: b\n-    endpoint: x\n  - name: c\n'],
    [
      'the last, with the comments of its own',
      'kind: Cluster\nx-longshore:\n  instances:\n    - name: a\n-    # the second\n-    - name: b # two\n-      endpoint: x\n-      # inner\n  swarm: null\n',
    ],
    ['one in the middle', 'kind: Cluster\nx-longshore:\n  instances:\n    - { name: a }\n-    - { name: b }\n    - { name: c }\n'],
  ])('%s', (_, marked) => {
    expect(withoutInstance(yaml(marked.replaceAll(/^-/gm, '')), 'b')).toBe(marked.replaceAll(/^-.*\n/gm, ''));
  });

  it('the only one: an empty list stays', () => {
    const text = 'kind: Cluster\nx-longshore:\n  instances: # hosts\n    - name: b\n      endpoint: x\n  swarm: null\n';
    expect(withoutInstance(yaml(text), 'b')).toBe('kind: Cluster\nx-longshore:\n  instances: [] # hosts\n  swarm: null\n');
  });

  it('out of brackets, and out of JSON', () => {
    expect(withoutInstance(yaml('kind: Cluster\nx-longshore: { instances: [{ name: a }, { name: b }] }\n'), 'b')).toBe(
      'kind: Cluster\nx-longshore: { instances: [ { name: a } ] }\n',
    );
    expect(withoutInstance({ text: '{"kind":"Cluster","x-longshore":{"instances":[{"name":"b"}]}}', isJson: true, start: 0 }, 'b')).toBe(
      '{"kind":"Cluster","x-longshore":{"instances":[]}}',
    );
  });
});

describe('what is not edited', () => {
  it.each([
    ['an extension behind an alias', 'kind: Cluster\ntags: &a [x]\nx-longshore: *a\n'],
    ['an extension that is a text', 'kind: Cluster\nx-longshore: all\n'],
    ['instances that are no list', 'kind: Cluster\nx-longshore:\n  instances: many\n'],
  ])('%s', (_, text) => {
    expect(withInstance(yaml(text), small)).toBeNull();
    expect(withoutInstance(yaml(text), 'b')).toBeNull();
  });

  it('a document that begins elsewhere, an instance that is not there, JSON that is none', () => {
    expect(withInstance(yaml('kind: Cluster\n', 3), small)).toBeNull();
    expect(withoutInstance(yaml('kind: Cluster\nx-longshore:\n  instances:\n    - name: a\n'), 'b')).toBeNull();
    expect(withInstance({ text: '{"a": 1,}', isJson: true, start: 0 }, small)).toBeNull();
    expect(withInstance({ text: '[{"kind": "Cluster"}]', isJson: true, start: 1 }, small)).toBeNull();
  });
});
