// The plain templates of ecspresso: {{ env `NAME` `default` }} and {{ must_env `NAME` }}, replaced before anything is parsed, because they may
// stand where a number does. Values come from the chosen environment alone. What only Terraform or AWS knows (tfstate, ssm) is refused by name,
// and so is every other action of Go's templates. Where an action failed, "1" stands: it can be read as a text and as a number.
import type { Lookup } from '../text/interpolate.ts';
import type { ProblemCode } from '../codes.ts';

export interface TemplateFault {
  readonly code: ProblemCode;
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

export interface Rendered {
  readonly text: string;
  readonly faults: readonly TemplateFault[];
  /** The offset in the template of what stands at an offset of the text. */
  readonly back: (offset: number) => number;
}

/** Where a piece of the text begins, and where it comes from; a replaced piece is a single place. */
interface Piece {
  readonly at: number;
  readonly source: number;
  readonly literal: boolean;
}

const FAILED = '1';
/** Functions of ecspresso's plugins, with whatever prefix a config gives them. */
const LOOKUPS = /^(?:[A-Za-z0-9]+_)?(?:tfstatef?|ssm|ssm_list|secretsmanager_arn|secretsmanager_secret|cfn_output|cfn_export)$/;

/** Replaces the actions of a text. Never throws; linear. */
export function renderedTemplate(text: string, lookup: Lookup): Rendered {
  const pieces: Piece[] = [];
  const faults: TemplateFault[] = [];
  let out = '';
  let at = 0;
  const add = (piece: string, source: number, literal: boolean): void => {
    pieces.push({ at: out.length, source, literal });
    out += piece;
  };
  for (let open = text.indexOf('{{'); open !== -1; open = text.indexOf('{{', at)) {
    const close = text.indexOf('}}', open + 2);
    if (close === -1) {
      faults.push({ code: 'bad-template', offset: open, message: 'an action of a template is never closed', hint: 'write }} behind it' });
      break;
    }
    const action = text.slice(open + 2, close);
    const before = text.slice(at, open);
    add(action.startsWith('-') ? before.trimEnd() : before, at, true);
    add(valueOf(action.replace(/^-\s/, '').replace(/\s-$/, '').trim(), open, lookup, faults), open, false);
    at = close + 2;
    if (/\s-$/.test(action)) while (/\s/.test(text[at] ?? '')) at++;
  }
  add(text.slice(at), at, true);
  return { text: out, faults, back: (offset) => sourceOf(pieces, offset) };
}

function sourceOf(pieces: readonly Piece[], offset: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieces[middle]?.at ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const piece = pieces[low];
  if (piece === undefined) return offset;
  return piece.literal ? piece.source + offset - piece.at : piece.source;
}

function valueOf(action: string, offset: number, lookup: Lookup, faults: TemplateFault[]): string {
  if (action.startsWith('/*')) return '';
  const words: readonly string[] = action.match(/`[^`]*`|"(?:\\.|[^"\\])*"|\||[^\s|`"]+/g) ?? [];
  const pipe = words.indexOf('|');
  const [name = '', ...quoted] = pipe === -1 ? words : words.slice(0, pipe);
  const names = quoted.map((word) => word.slice(1, -1));
  const fault = actionFault(name, quoted, pipe === -1 ? [] : words.slice(pipe + 1));
  if (fault !== null) {
    faults.push({ offset, ...fault });
    return FAILED;
  }
  const value = name === 'must_env' ? lookup(names[0] ?? '') : chosen(names, lookup);
  if (value !== null) return pipe === -1 ? value : JSON.stringify(value).slice(1, -1);
  const message = `the template asks for ${names[0] ?? ''}, which no environment declares, and gives no default`;
  const hint = 'declare it in environments/<name>.yaml and choose that with --environment, or write {{ env `NAME` `default` }}';
  faults.push({ code: 'template-variable', offset, message, hint });
  return FAILED;
}

/** The first name that has a value; the last of several is the default itself. */
function chosen(names: readonly string[], lookup: Lookup): string | null {
  const asked = names.length === 1 ? names : names.slice(0, -1);
  for (const name of asked) {
    const value = lookup(name);
    if (value !== null && value !== '') return value;
  }
  return names.length === 1 ? null : (names.at(-1) ?? null);
}

function actionFault(name: string, quoted: readonly string[], piped: readonly string[]): Omit<TemplateFault, 'offset'> | null {
  if (LOOKUPS.test(name)) {
    const message = `the template asks for ${name}, which only Terraform or AWS can answer`;
    const hint = 'write the value, or a variable: {{ must_env `NAME` }} with NAME in environments/<name>.yaml';
    return { code: 'template-lookup', message, hint };
  }
  const texts = quoted.length > 0 && quoted.every((word) => /^[`"]/.test(word));
  const escaped = piped.length === 0 || (piped.length === 1 && piped[0] === 'json_escape');
  if (escaped && texts && (name === 'env' || (name === 'must_env' && quoted.length === 1))) return null;
  const hint = 'only {{ env `NAME` `default` }} and {{ must_env `NAME` }} are read; ecspresso render writes out the rest';
  return { code: 'bad-template', message: 'the template has an action that is not read here', hint };
}
