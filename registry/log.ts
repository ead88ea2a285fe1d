/**
 * Structured logs: one JSON line each on standard output, for whatever collects them. A token never gets there: headers are not logged, queries are cut off, and the token of a
 * capability path is replaced. Decisions are in the audit log, not here.
 */
import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

export type { Logger } from 'pino';

/** A request's path as it may be logged: no query, and no token in whatever place and spelling. */
export function loggedPath(url: string): string {
  let path = url.split(/[?#]/, 1)[0]!.slice(0, 1000);
  try {
    path = decodeURIComponent(path);
  } catch {
    // As it came, then.
  }
  return path
    .replace(/skw_\w{1,100}/g, '[token]')
    .replace(/^(\/+t\/)[^/]+/, '$1[token]')
    .slice(0, 500);
}

/** The server's logger. `flush` before the process ends. */
export function createLog(level: Config['log']['level']): { readonly log: Logger; flush(): void } {
  const to = pino.destination({ fd: 1, sync: false, minLength: 0 });
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {
        err: pino.stdSerializers.err,
        req: (request: { method?: string; url?: string; ip?: string }) => ({
          method: request.method,
          path: loggedPath(request.url ?? ''),
          ip: request.ip,
        }),
      },
    },
    to,
  );
  return {
    log,
    flush() {
      try {
        to.flushSync();
      } catch {
        // Standard output is gone; there is nobody left to tell.
      }
    },
  };
}
