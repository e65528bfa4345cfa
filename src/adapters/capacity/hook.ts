// What adds and removes instances for a capacity provider: the operator's program or address, asked once for each call. The request and the
// answer are JSON; what is not an answer as it was agreed is an error in words, without anything that the answer holds.
// Deliberately absent: any memory of a call. Whoever is asked twice under one key answers alike, as docs/capacity-providers.md says.
import { readFile } from 'node:fs/promises';
import { ScaleOutAnswer, type CapacityCall, type CapacityHook, type ProvidedInstance } from '../../model/cluster/capacity-hook.ts';
import type { CapacityHooks, CapacityResult } from '../../daemon/ports.ts';
import type { ErrorCode } from '../../model/turn/outcome.ts';
import { cut } from '../../std/text.ts';
import { runProgram } from '../program.ts';

/** 500 instances with all that may be said of them. */
const ANSWER_CHARACTERS = 1_000_000;
const WORDS_KEPT = 300;
const MAX_TOKEN_CHARACTERS = 65_536;

/** The hooks of the operator's configuration. `call` never rejects. */
export function capacityHooks(hooks: readonly CapacityHook[]): CapacityHooks {
  return {
    call: async (call, signal) => {
      const hook = hooks.find(({ name }) => name === call.hook);
      if (hook === undefined) return failed('Failed', `the configuration has no capacity provider ${call.hook}`);
      try {
        const answer = hook.command === undefined ? await posted(hook, call, signal) : await run(hook.command, call, signal);
        return 'error' in answer ? answer : read(call, answer.text);
      } catch (error) {
        if (signal.aborted) return failed('Timeout', `it did not answer in time`);
        return failed('Failed', `it could not be asked: ${cut(wordsOf(error), WORDS_KEPT)}`);
      }
    },
  };
}

type Answer = { readonly text: string } | CapacityResult;

/** What is asked, as the other side reads it. */
export function requestOf(call: CapacityCall): string {
  const { kind, key, provider, cluster } = call;
  const shared = { version: 1, action: kind, key, capacityProvider: provider, cluster };
  return JSON.stringify(call.kind === 'scale-out' ? { ...shared, count: call.count } : { ...shared, instances: [call.instance] });
}

async function run(command: readonly string[], call: CapacityCall, signal: AbortSignal): Promise<Answer> {
  const { code, stdout, stderr } = await runProgram(command, requestOf(call), ANSWER_CHARACTERS, signal);
  if (code === 0) return { text: stdout };
  // Its own words are for people: the last line of what it wrote beside the answer.
  const line = stderr.trim().split('\n').at(-1)?.trim() ?? '';
  return failed('Failed', `${command[0]} ended with ${code}${line === '' ? '' : `: ${cut(line, WORDS_KEPT)}`}`);
}

async function posted({ url = '', tokenFile }: CapacityHook, call: CapacityCall, signal: AbortSignal): Promise<Answer> {
  const token = tokenFile === undefined ? null : (await readFile(tokenFile, 'utf8')).trim();
  if (token !== null && (token === '' || token.length > MAX_TOKEN_CHARACTERS || /\s/.test(token)))
    return failed('Failed', `${tokenFile} holds no token`);
  const answer = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: {
      'Content-Type': 'application/json',
      'Idempotency-Key': call.key,
      ...(token !== null && { Authorization: `Bearer ${token}` }),
    },
    body: requestOf(call),
    signal,
  });
  const text = await bodyOf(answer);
  return answer.status === 200 ? { text } : failed('Failed', `its address answers ${answer.status}`);
}

async function bodyOf(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part as Uint8Array, { stream: true });
    if (text.length > ANSWER_CHARACTERS) throw new Error(`it answers more than ${ANSWER_CHARACTERS} characters`);
  }
  return text;
}

function read(call: CapacityCall, text: string): CapacityResult {
  if (call.kind === 'scale-in') return { error: null, instances: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failed('Failed', 'its answer is no JSON');
  }
  const answer = ScaleOutAnswer.safeParse(value);
  if (!answer.success) {
    const [issue] = answer.error.issues;
    // The place alone: what stands there may be anything.
    return failed('Failed', `its answer is not as agreed: ${issue?.path.join('.') || 'instances'} is wrong or missing`);
  }
  const { instances } = answer.data;
  if (instances.length === 0) return failed('Failed', 'its answer has no instance');
  return { error: null, instances: instances satisfies readonly ProvidedInstance[] };
}

function failed(code: ErrorCode, message: string): CapacityResult {
  return { error: { code, message }, instances: [] };
}

/** Of fetch: what lies below its own words, which say nothing. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
