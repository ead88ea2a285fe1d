/**
 * The runner's side of an action: inputs from the environment, outputs and summary into the files that it names, lines into the log.
 *
 * It promises that no value ends its place early: outputs stand between random delimiters, text from outside is printed while commands are stopped by a random token and is no command by itself either (log.ts).
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { visible } from '../../scanner/report/escape.ts';
import { commandData, quietLog } from '../check/report/log.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** A mistake in how the action is set up, or something outside that does not answer as it must. The message is for a person. */
export class ActionError extends Error {
  readonly code = 'ACTION';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ActionError';
  }
}

/** An input of action.yml; empty counts as not given. The runner's spelling: upper case, blanks as `_`, the rest as it is. */
export function input(env: Env, name: string): string | undefined {
  const value = env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

/** An input that is true or false. */
export function flag(env: Env, name: string, standard: boolean): boolean {
  const value = input(env, name);
  if (value === undefined) return standard;
  if (/^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  throw new ActionError(`The input ${name} is true or false, not "${visible(value).slice(0, 60)}".`);
}

/** Appends `name=value` to a file of the runner's own format. Without the file (outside of a runner) nothing happens. */
export function setOutput(env: Env, name: string, value: string): void {
  const file = env['GITHUB_OUTPUT'];
  if (file === undefined || file === '') return;
  // The value cannot hold what is drawn after it is known.
  const delimiter = `skillward_${randomBytes(24).toString('hex')}`;
  appendFileSync(file, `${name}<<${delimiter}\n${value}\n${delimiter}\n`);
}

/** GitHub takes 1 MiB of summary a step and drops all of it if there is more. */
export const SUMMARY = 1_000_000;
export function addSummary(env: Env, text: string): void {
  const file = env['GITHUB_STEP_SUMMARY'];
  if (file === undefined || file === '' || text === '') return;
  if (Buffer.byteLength(text) > SUMMARY) throw new ActionError('The job summary is too long.');
  appendFileSync(file, text.endsWith('\n') ? text : `${text}\n`);
}

export interface Log {
  /** Text of any origin, several lines. Never a command. */
  text(text: string): void;
  /** Commands made by github.ts, as they are. */
  commands(text: string): void;
  notice(says: string): void;
  error(says: string): void;
}

export function logTo(write: (text: string) => void): Log {
  const one = (kind: string, says: string): void => write(`::${kind} title=skillward::${commandData(visible(says).slice(0, 2_000))}\n`);
  return {
    text(text) {
      if (text.trim() === '') return;
      const token = randomBytes(24).toString('hex');
      write(`::stop-commands::${token}\n${quietLog(text.replaceAll('\r', '\\u{d}'))}${text.endsWith('\n') ? '' : '\n'}::${token}::\n`);
    },
    commands: write,
    notice: (says) => one('notice', says),
    error: (says) => one('error', says),
  };
}
