// One request, and what came back.
import { request } from 'node:http';

/** GET / of 127.0.0.1:`port` on a connection of its own. */
export async function get(port: number): Promise<{ readonly status: number; readonly version: string; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ port, host: '127.0.0.1', path: '/', agent: false, timeout: 10_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, version: String(response.headers['x-version']), body }));
    });
    call.on('timeout', () => call.destroy(new Error('no answer in 10 s')));
    call.on('error', reject);
    call.end();
  });
}
