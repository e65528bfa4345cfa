// Findings for table tests: `code path`, so that a row says what is wrong and where in a few words.
import type { Finding } from '../../src/manifest/finding.ts';

export function shown(findings: readonly Finding[]): string[] {
  return findings.map(({ code, path }) => {
    const place = path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
    return `${code} ${place}`;
  });
}
