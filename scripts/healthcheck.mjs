/**
 * The container's own question to its service, without a shell: the registry over HTTP on loopback, the signer over its socket. Exit code 0 if it answers, 1 if not.
 * Usage: node healthcheck.mjs [SOCKET]
 */
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';

const [socketPath] = process.argv.slice(2);
const port = Number(process.env['SKILLWARD_PORT'] ?? 4873);
const tls = process.env['SKILLWARD_HEALTH_SCHEME'] === 'https';

const ask = (tls ? secure : plain)({
  ...(socketPath === undefined ? { host: '127.0.0.1', port } : { socketPath }),
  path: '/healthz',
  timeout: 4_000,
  // The certificate names the public host; this is a question to ourselves.
  ...(tls ? { rejectUnauthorized: false } : {}),
});
ask.on('response', (answer) => {
  answer.resume();
  process.exit(answer.statusCode === 200 ? 0 : 1);
});
ask.on('timeout', () => process.exit(1));
ask.on('error', () => process.exit(1));
ask.end();
