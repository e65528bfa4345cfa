import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { familiarName, imageReferenceText, parseImageReference, isImagePlaceholder } from '../../src/lang/image-reference.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('image references', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx', 'nginx'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27', 'nginx:1.27'],
    ['library/nginx', 'docker.io/library/nginx', 'nginx'],
    ['docker.io/nginx', 'docker.io/library/nginx', 'nginx'],
    ['index.docker.io/team/app:v1', 'docker.io/team/app:v1', 'team/app:v1'],
    ['team/app', 'docker.io/team/app', 'team/app'],
    ['docker.io/library/team/app', 'docker.io/library/team/app', 'library/team/app'],
    ['localhost/app', 'localhost/app', 'localhost/app'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['registry.example.com/team/app', 'registry.example.com/team/app', 'registry.example.com/team/app'],
    ['REGISTRY/app', 'REGISTRY/app', 'REGISTRY/app'],
    ['[::1]:5000/app', '[::1]:5000/app', '[::1]:5000/app'],
    ['docker.io/a.b/c', 'docker.io/a.b/c', 'docker.io/a.b/c'],
    ['a__b/c.d-e', 'docker.io/a__b/c.d-e', 'a__b/c.d-e'],
    [`app@${DIGEST}`, `docker.io/library/app@${DIGEST}`, `app@${DIGEST}`],
    [`quay.io/team/app:v1@${DIGEST}`, `quay.io/team/app:v1@${DIGEST}`, `quay.io/team/app:v1@${DIGEST}`],
  ])('%s is %s, familiarly %s', (text, full, familiar) => {
    const { value } = parseImageReference(text);
    expect(value && imageReferenceText(value)).toBe(full);
    expect(value && familiarName(value)).toBe(familiar);
  });

  it('fill in nothing that the author left out', () => {
    expect(parseImageReference('nginx').value).toEqual({ domain: 'docker.io', path: 'library/nginx', tag: null, digest: null });
  });

  it.each([
    ['', 0, 'is empty'],
    ['Nginx', 0, 'upper-case letter'],
    ['team/App', 5, 'upper-case letter'],
    ['nginx:', 6, 'empty tag'],
    ['nginx:a b', 6, 'that is no tag'],
    [`nginx:${'a'.repeat(129)}`, 6, 'that is no tag'],
    ['nginx latest', 0, 'no repository name'],
    ['-nginx', 0, 'no repository name'],
    ['a___b', 0, 'no repository name'],
    ['team//app', 5, 'empty part'],
    ['/app', 0, 'empty part'],
    ['registry.example.com/', 21, 'names no repository'],
    ['host_x.example.com/app', 0, 'no host name'],
    ['registry.example.com:port/app', 21, 'port is no number'],
    ['[::1/app', 0, 'no host name'],
    ['nginx@sha256:123', 6, 'a digest'],
    ['nginx@', 6, 'a digest'],
    [`nginx@${DIGEST.toUpperCase()}`, 6, 'a digest'],
    ['0123456789abcdef'.repeat(4), 0, 'image id'],
    [`${'a/'.repeat(127)}abc`, 255, 'more than 255 characters'],
  ])('%s is refused at %d: %s', (text, at, message) => {
    const { fault } = parseImageReference(text);
    expect(fault?.at).toBe(at);
    expect(fault?.message).toContain(message);
  });

  it('survive being written and read again, in both spellings', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,6}(?:[._-][a-z0-9]{1,4})?$/);
    const domain = fc.constantFrom('', 'docker.io/', 'localhost:5000/', 'ghcr.io/');
    const tag = fc.constantFrom('', ':v1', ':1.2.3-rc_1');
    const digest = fc.constantFrom('', `@${DIGEST}`);
    fc.assert(
      fc.property(domain, fc.array(part, { minLength: 1, maxLength: 3 }), tag, digest, (host, parts, label, hash) => {
        const first = parseImageReference(`${host}${parts.join('/')}${label}${hash}`).value;
        expect(first).not.toBeNull();
        if (first === null) return;
        expect(parseImageReference(imageReferenceText(first)).value).toEqual(first);
        expect(parseImageReference(familiarName(first)).value).toEqual(first);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('never throw, and a fault lies inside the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        const { fault } = parseImageReference(text);
        if (fault !== null) expect(fault.at).toBeLessThanOrEqual(text.length);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe('a placeholder for an image', () => {
  it.each([
    ['<IMAGE1_NAME>', true],
    ['PLACEHOLDER', true],
    ['ACCOUNT_ID.dkr.ecr.REGION.amazonaws.com/web:1', true],
    ['registry.example.com/team/app:${TAG}', true],
    ['{{ image }}', true],
    ['app:%TAG%', true],
    ['nginx:STABLE', false],
    ['Nginx:1', false],
    ['team/App', false],
    ['nginx:1:2', false],
    ['', false],
  ])('%s: %s', (text, expected) => {
    expect(isImagePlaceholder(text)).toBe(expected);
  });
});
