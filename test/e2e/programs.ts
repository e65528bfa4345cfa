// Pieces of the programs (JavaScript) that containers of the end-to-end tests run: what they say on a line of JSON is what they see.

/** Begins a program: `say` prints a line of JSON, `fs` is at hand, `address()` is its own; it ends on the stop signal. */
export const BASE = `const say = (what) => console.log(JSON.stringify(what)); process.on('SIGTERM', () => process.exit(0)); const fs = require('node:fs');
const address = () => Object.values(require('node:os').networkInterfaces()).flat().find((one) => !one.internal)?.address;`;
/** Keeps a program running. */
export const STAY = 'setInterval(() => {}, 1e6);';

/** Answers with a name on a port. */
export function serve(port: number, name: string): string {
  return `require('node:http').createServer((request, response) => response.end(${JSON.stringify(name)})).listen(${port});`;
}

/** Says which names are found. */
export function lookUp(...names: readonly string[]): string {
  return `const dns = require('node:dns').promises; Promise.all(${JSON.stringify(names)}.map(
    (name) => dns.lookup(name).then(() => name, () => name + ' unknown'))).then((found) => say({ found }));`;
}
