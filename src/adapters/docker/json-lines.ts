// A stream of JSON values, one a line, as the engine writes events and pull progress. Chunks are not lines and may end within a character.
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is no event: the stream is something else. */
const MAX_LINE_CHARACTERS = 1_048_576;

/** The values of `stream`, in order. Rejects when it breaks or holds something else; stopping early destroys it. */
export async function* jsonLines(stream: Readable): AsyncGenerator {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.write(chunk as Buffer);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARACTERS) throw new Error(`a line of the engine's stream exceeds ${MAX_LINE_CHARACTERS} characters`);
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
  rest += decoder.end();
  if (rest.trim() !== '') yield JSON.parse(rest);
}
