// http-proxy with its defaults set right. Used bare it leaks (see forward.ts for the guards); this file only makes the one instance.
// Two of its request passes are taken out: `deleteLength` drops the framing of a DELETE with a chunked body, whose bytes would then be
// read by the target as a second request, and `XHeaders` is done better in headers.ts.
import './shim.ts';
import httpProxy from 'http-proxy';

export type { ServerOptions } from 'http-proxy';
export default httpProxy;

/** An instance that takes target, agent and request path from each call. */
export function makeHttpProxy(): httpProxy {
  const proxy = httpProxy.createProxyServer({ prependPath: false, toProxy: true, ignorePath: true });
  const passes = proxy as unknown as { webPasses: readonly { readonly name: string }[] };
  passes.webPasses = passes.webPasses.filter((pass) => pass.name === 'stream');
  if (passes.webPasses.length !== 1) throw new Error('http-proxy has no pass named "stream": its version does not fit');
  // Every call brings its own callback; an error without one would be thrown by http-proxy, so a listener must exist.
  proxy.on('error', (error) => {
    throw error;
  });
  return proxy;
}
