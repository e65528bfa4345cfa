// The small languages of compose files: durations, sizes, commands, ports and volumes. Each row is one text and what it means, or where
// it goes wrong.
import { describe, expect, it } from 'vitest';
import { parseByteSize } from '../../src/lang/byte-size.ts';
import { parseDuration } from '../../src/lang/duration.ts';
import { cleanPath, parseMount } from '../../src/lang/mount.ts';
import { isIp, parsePortMapping } from '../../src/lang/port-mapping.ts';
import { splitWords } from '../../src/lang/shell-words.ts';
import type { Parsed } from '../../src/lang/parsed.ts';

/** The value, or `at: message`. */
function said<T>(parsed: Parsed<T>): T | string {
  return parsed.fault === null ? parsed.value : `${parsed.fault.at}: ${parsed.fault.message}`;
}

describe('durations are seconds', () => {
  it.for<readonly [string, number | string]>([
    ['30s', 30],
    ['1m30s', 90],
    ['1h', 3_600],
    ['1w2d', 777_600],
    ['500ms', 0.5],
    ['1.5s', 1.5],
    ['100us', 0.0001],
    ['1ns', 1e-9],
    ['0', 0],
    ['-1s', -1],
    ['', '0: is empty where a duration is expected'],
    ['30', '2: has the number 30 without a unit'],
    ['1m 30s', '2: has something else than a number with its unit'],
    ['5sec', '1: has a unit "sec" that does not exist'],
    ['soon', '0: has something else than a number with its unit'],
    ['9999999999s', '0: is longer than 292 years'],
  ])('%s', ([text, wanted]) => {
    expect(said(parseDuration(text))).toBe(wanted);
  });
});

describe('sizes are bytes', () => {
  it.for<readonly [string, number | string]>([
    ['1024', 1_024],
    ['512m', 536_870_912],
    ['512MB', 536_870_912],
    ['512MiB', 536_870_912],
    ['1.5g', 1_610_612_736],
    ['64 k', 65_536],
    ['10b', 10],
    ['-1', -1],
    ['much', '0: does not begin with a number'],
    ['512megs', '3: has a unit "megs" that does not exist'],
    ['-1m', '0: is a negative size'],
    ['99999999t', '0: is larger than any machine'],
  ])('%s', ([text, wanted]) => {
    expect(said(parseByteSize(text))).toBe(wanted);
  });
});

describe('commands are words', () => {
  it.for<readonly [string, readonly string[] | string, number?]>([
    ['nginx -g "daemon off;"', ['nginx', '-g', 'daemon off;']],
    ['sh -c \'echo "a b"\'', ['sh', '-c', 'echo "a b"']],
    ['a\\ b c', ['a b', 'c']],
    ["'a\\b'", ['a\\b']],
    ['"a\\nb"', ['a\nb']],
    ['a "" b', ['a', '', 'b']],
    ['  ', []],
    ['a`b c`d', ['a`b c`d']],
    ['echo $(date -u)', ['echo', '$(date -u)']],
    ['migrate && serve', ['migrate'], 8],
    ['serve 2>&1', ['serve'], 7],
    ['serve >log', ['serve'], 6],
    ['sh -c "a', '6: opens a " that is never closed'],
    ['a \\', '2: ends with a backslash'],
    ['(a)', '0: has a bracket outside quotes'],
    ['a )', '2: has a bracket outside quotes'],
  ])('%s', ([text, wanted, cutAt]) => {
    const split = splitWords(text);
    expect(split.value?.words ?? said(split)).toEqual(wanted);
    expect(split.value?.cutAt ?? undefined).toBe(cutAt);
  });
});

describe('ports', () => {
  it.for<readonly [string, unknown]>([
    ['80', [{ target: 80 }]],
    ['8080:80', [{ target: 80, published: 8_080 }]],
    ['8080:80/udp', [{ target: 80, published: 8_080, protocol: 'udp' }]],
    ['127.0.0.1:8080:80', [{ target: 80, published: 8_080, hostIp: '127.0.0.1' }]],
    ['127.0.0.1::80', [{ target: 80, hostIp: '127.0.0.1' }]],
    ['[::1]:8080:80', [{ target: 80, published: 8_080, hostIp: '::1' }]],
    ['::1:8080:80', [{ target: 80, published: 8_080, hostIp: '::1' }]],
    [':80', [{ target: 80 }]],
    [
      '8000-8001:80-81',
      [
        { target: 80, published: 8_000 },
        { target: 81, published: 8_001 },
      ],
    ],
    ['8000-8001:80', [{ target: 80, published: 8_000, publishedEnd: 8_001 }]],
    ['3000-3001', [{ target: 3_000 }, { target: 3_001 }]],
    ['8080:', '5: has no port where one is expected'],
    ['80:8o80', '3: has something else than a port'],
    ['80:70000', '3: has something else than a port'],
    ['80:90-x', '6: has something else than a port'],
    ['80:90-80', '3: has a range that ends before it begins'],
    ['localhost:80:80', '0: has something else than an IP address before the ports'],
    ['8000-8002:80-81', '0: has two ranges of different lengths'],
    ['80/dns', '3: names a protocol that is none'],
    ['1-65535', '0: maps 65535 ports, more than 1000'],
  ])('%s', ([text, wanted]) => {
    expect(said(parsePortMapping(text))).toEqual(wanted);
  });

  it.for<readonly [string, boolean]>([
    ['10.0.0.1', true],
    ['256.0.0.1', false],
    ['1.2.3', false],
    ['1.2.3.4.', false],
    ['::', true],
    ['fe80::1', true],
    ['1:2:3:4:5:6:7:8', true],
    ['1:2:3:4:5:6:7', false],
    ['::ffff:10.0.0.1', true],
    ['1::2::3', false],
    ['host', false],
  ])('%s is an address: %s', ([text, wanted]) => {
    expect(isIp(text)).toBe(wanted);
  });
});

describe('volumes', () => {
  it.for<readonly [string, unknown]>([
    ['/data', { type: 'volume', target: '/data', ignored: [] }],
    ['data:/data', { type: 'volume', source: 'data', target: '/data', ignored: [] }],
    ['data:/data/:ro', { type: 'volume', source: 'data', target: '/data', readOnly: true, ignored: [] }],
    ['./conf:/etc/conf:rw', { type: 'bind', source: './conf', target: '/etc/conf', readOnly: false, ignored: [] }],
    ['~/x:/x', { type: 'bind', source: '~/x', target: '/x', ignored: [] }],
    ['c:\\data:/data', { type: 'bind', source: 'c:\\data', target: '/data', ignored: [] }],
    ['/a:/b:ro,z,rslave', { type: 'bind', source: '/a', target: '/b', readOnly: true, selinux: 'z', propagation: 'rslave', ignored: [] }],
    ['vol:/b:nocopy,cached', { type: 'volume', source: 'vol', target: '/b', nocopy: true, ignored: [] }],
    ['vol:/b:ro,fast', { type: 'volume', source: 'vol', target: '/b', readOnly: true, ignored: [{ option: 'fast', at: 10 }] }],
    ['', '0: is empty where a volume is expected'],
    [':/data', '0: has nothing where a path or a name is expected'],
    ['vol:/b:ro:z', '10: has more than two colons'],
  ])('%s', ([text, wanted]) => {
    expect(said(parseMount(text))).toEqual(wanted);
  });

  it.for([
    ['/a/./b//c/../d/', '/a/b/d'],
    ['/', '/'],
    ['relative/./x', 'relative/./x'],
  ] as const)('%s is %s', ([path, wanted]) => {
    expect(cleanPath(path)).toBe(wanted);
  });
});
