// The demo image's health check command: exit code 0 when the server beside it answers /healthz with 200. The image has no curl.
import { get } from 'node:http';

const request = get({ port: Number(process.env.PORT ?? 8080), path: '/healthz', timeout: 2_000 }, (response) => {
  process.exit(response.statusCode === 200 ? 0 : 1);
});
request.on('timeout', () => process.exit(1));
request.on('error', () => process.exit(1));
