// What people mean by a word: a service by its name or `cluster/name`, a task by its id or the beginning of it. A word that means nothing,
// or several things, is refused with the candidates.
import { Refusal } from './refusal.ts';
import { byText } from '../std/order.ts';
import { nearest } from '../std/text.ts';
import type { Task } from '../model/task/task.ts';
import type { World } from '../model/turn/plan.ts';

export type Chosen = { readonly kind: 'service'; readonly id: string } | { readonly kind: 'task'; readonly id: string };

/** As long as a task id is printed where there is little room. */
export const SHORT_ID = 8;
/** With fewer digits a word is more likely a name. */
const LEAST_DIGITS = 4;
const CANDIDATES_SHOWN = 10;

/**
 * The service or task behind `word`; `ended`: stopped tasks that are remembered but in the ledger no more.
 * Throws a Refusal that lists the candidates.
 */
export function choose(world: World, word: string, ended: readonly Pick<Task, 'id' | 'cluster' | 'service'>[] = []): Chosen {
  const services = [...new Set([...world.ledger.services.keys(), ...world.desired.services.keys()])].sort(byText);
  const named = services.filter((id) => id === word || id.slice(id.indexOf('/') + 1) === word);
  const [service] = named.includes(word) ? [word] : named;
  if (named.length > 1 && !named.includes(word))
    throw new Refusal(404, `${word} is a service of several clusters`, `Name one: ${listed(named)}.`);
  if (service !== undefined) return { kind: 'service', id: service };
  const tasks = tasksLike(world, word, ended);
  if (tasks.length === 1 && tasks[0] !== undefined) return { kind: 'task', id: tasks[0].id };
  if (tasks.length > 1) {
    const candidates = tasks.map((task) => `${uniquePart(task.id, tasks)} (${task.cluster}/${task.service})`);
    throw new Refusal(404, `${tasks.length} tasks begin with ${word}`, `Give more of its id: ${listed(candidates)}.`);
  }
  const meant = nearest(word, [...services, ...services.map((id) => id.slice(id.indexOf('/') + 1))]);
  if (word.length < LEAST_DIGITS && /^[0-9a-f]+$/.test(word) && [...world.ledger.tasks.keys()].some((id) => id.startsWith(word)))
    throw new Refusal(404, `no service is called ${word}`, `If it is a task, give at least ${LEAST_DIGITS} digits of its id.`);
  const hint = services.length === 0 ? 'There is no service yet.' : `There is ${listed(services)}; longshore ps lists the tasks.`;
  throw new Refusal(404, `no service and no task is called ${word}`, meant === null ? hint : `Did you mean ${meant}? ${hint}`);
}

function tasksLike(world: World, word: string, ended: readonly Pick<Task, 'id' | 'cluster' | 'service'>[]) {
  if (word.length < LEAST_DIGITS || !/^[0-9a-f]+$/.test(word)) return [];
  const found = new Map<string, Pick<Task, 'id' | 'cluster' | 'service'>>();
  for (const task of [...world.ledger.tasks.values(), ...ended]) if (task.id.startsWith(word)) found.set(task.id, task);
  return [...found.values()].sort((a, b) => byText(a.id, b.id));
}

/** The beginning of an id that none of the others has, SHORT_ID digits at least. */
function uniquePart(id: string, all: readonly { readonly id: string }[]): string {
  for (let length = SHORT_ID; length < id.length; length++)
    if (all.filter((other) => other.id.startsWith(id.slice(0, length))).length === 1) return id.slice(0, length);
  return id;
}

function listed(words: readonly string[]): string {
  const more = words.length - CANDIDATES_SHOWN;
  return more > 0 ? `${words.slice(0, CANDIDATES_SHOWN).join(', ')} and ${more} more` : words.join(', ');
}
