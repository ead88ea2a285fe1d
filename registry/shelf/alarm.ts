/**
 * Says aloud that something stored is not what it was: an event `alarm.tampered` in the audit log, at most one an hour for each subject, and a line in the server's log. Writing it
 * never delays or changes the answer to the caller.
 */
import type { RegistryError } from '../errors.ts';
import { system } from '../model.ts';
import { appendEvent } from '../store/events.ts';
import type { Store } from '../store/index.ts';
import { Lru } from '../store/lru.ts';

export interface AlarmLog {
  error(detail: Readonly<Record<string, unknown>>, says: string): void;
}

const hour = 3_600_000;

export type Alarm = (subject: string, error: RegistryError) => void;

export function createAlarm(store: Store, now: () => number, log: AlarmLog | undefined): Alarm {
  const said = new Lru<string, number>(10_000);
  return (subject, error) => {
    const at = now();
    const before = said.get(subject);
    if (before !== undefined && at - before < hour) return;
    said.set(subject, at);
    const cause = error.cause instanceof Error ? { cause: error.cause.message } : {};
    const data = { ...(error.detail ?? {}), ...cause };
    log?.error({ subject, ...data }, `tampered: ${error.message}`);
    store
      .write((tx) => appendEvent(tx, { type: 'alarm.tampered', actor: { via: system.via }, subject, reason: error.message, data }, at))
      .catch((failed: unknown) => {
        // Tried again with the next request for the same thing.
        said.delete(subject);
        log?.error({ subject, error: String(failed) }, 'the alarm could not be written to the audit log');
      });
  };
}
