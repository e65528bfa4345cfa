// What of a manifest's values may be shown. A plan is pasted into pull requests and chat, so a value whose name sounds like a secret is
// never printed, nor a password inside a URL or an argument. Deliberately absent: cleverness about entropy. Names decide, generously.
import type { Difference } from '../../std/diff.ts';
import { cut } from '../../std/text.ts';
import { same } from '../../std/diff.ts';

export const NOT_SHOWN = '(not shown)';
export const CHANGED_NOT_SHOWN = '(changed, not shown)';

/** A value of a manifest can be a whole script; a plan needs its beginning. */
const MAX_SHOWN = 200;
const SECRET_NAME = /pass|pwd|secret|token|key|credential|auth|private|cookie|session|dsn/i;
/** `user:password@` behind a scheme. */
const URL_PASSWORD = /(:\/\/[^/\s:@]*:)[^/\s@]+@/g;
/** `--password=x`, `API_TOKEN=x` inside an argument or a shell line. */
const ARGUMENT = /([\w-]*(?:pass|pwd|secret|token|key|credential)[\w-]*[=:]\s*)("[^"]*"|'[^']*'|[^\s"']+)/gi;
/** A flag whose value is the next argument. */
const FLAG = /^-{1,2}[\w-]*(?:pass|pwd|secret|token|key|credential)[\w-]*$/i;

/** One difference as text that anybody may read. Undefined: the place does not exist on that side. */
export interface ShownDifference {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Whether the values differ only in what is not shown. */
  readonly hidden: boolean;
}

/** Whether the value of a variable or label of this name is kept from sight. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** A difference with everything secret taken out and control characters made visible. */
export function shownDifference(difference: Difference): ShownDifference {
  const secret = isSecretPlace(difference.path);
  const show = (value: unknown): string | undefined => (value === undefined ? undefined : secret ? NOT_SHOWN : shownText(value));
  const before = show(difference.before);
  const after = show(difference.after);
  const hidden = before !== undefined && after !== undefined && before === after && !same(difference.before, difference.after);
  return { path: shownText(difference.path), before, after, hidden };
}

/** A plain value as one line of text without secrets. */
export function shownText(value: unknown): string {
  const clean = withoutSecrets(value);
  return cut(visible(typeof clean === 'string' ? clean : JSON.stringify(clean)), MAX_SHOWN);
}

/** `text` with control and direction-changing characters escaped: a manifest must not be able to repaint a terminal. */
export function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    if (character === '\n') return '\\n';
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

/** The value of a secret variable (`environment[DB_PASSWORD].value`) or label (`dockerLabels.api-token`). */
function isSecretPlace(path: string): boolean {
  const name = /environment\[([^\]]*)\](?:\.value)?$/.exec(path)?.[1] ?? /dockerLabels\.(.+)$/.exec(path)?.[1];
  return name !== undefined && isSecretName(name);
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(URL_PASSWORD, `$1${NOT_SHOWN}@`).replace(ARGUMENT, `$1${NOT_SHOWN}`);
  if (Array.isArray(value)) {
    const list = value as readonly unknown[];
    return list.map((entry, index) => (isFlag(list[index - 1]) ? NOT_SHOWN : withoutSecrets(entry)));
  }
  if (value === null || typeof value !== 'object') return value;
  const record = value as Readonly<Record<string, unknown>>;
  const named = typeof record['name'] === 'string' && isSecretName(record['name']);
  return Object.fromEntries(
    Object.entries(record).map(([key, member]) => {
      const secret = (named && key === 'value') || (typeof member === 'string' && isSecretName(key) && key !== 'key');
      return [key, secret ? NOT_SHOWN : withoutSecrets(member)];
    }),
  );
}

function isFlag(value: unknown): boolean {
  return typeof value === 'string' && FLAG.test(value);
}
