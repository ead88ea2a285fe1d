/**
 * What an ability that a new version adds may do alone: stop the update, ask for a person, or only be listed. The one table for rule CAP-004, `skill diff` and `skill check`; it judges the ability, never the words around it.
 * Grave are the kinds that no update may gain unseen (OWASP AST07, ATLAS AML.T0109 "rug pull"); trivial is what any skill does by being one: files of the workspace and its own.
 */
import type { CapabilityEntry, CapabilityKind, Gate } from '../model.ts';

const GRAVE: ReadonlySet<CapabilityKind> = new Set([
  'credential',
  'persistence',
  'agent-file',
  'capture',
  'dynamic-code',
  'trigger',
  'listen',
  'setting',
]);

/** Places whose reading, writing or clearing says nothing: the workspace (relative paths), temporary folders, and the devices that every script uses. */
const TRIVIAL_PLACE = /^(?:workspace|temp|skill|\/dev\/(?:null|zero|u?random|tty|std(?:in|out|err)|fd|shm))$/;
/** Programs that print, count, cut or compare what they are given and change nothing; reading and writing are abilities of their own. */
const TRIVIAL_PROGRAM = new Set(
  (
    'basename cat clear cmp column comm cut date diff dirname egrep expr factor fgrep fold grep head jq ls mkdir nl paste readlink realpath rev rg seq sleep sort stat tac tail touch tput tr uniq wc ' +
    'which yes yq'
  ).split(' '),
);
/** Variables that every process has; none holds a secret. */
const TRIVIAL_ENV = new Set(
  'HOME PATH PWD OLDPWD USER LOGNAME SHELL TERM LANG LC_ALL TZ TMPDIR TEMP TMP COLUMNS LINES NO_COLOR CI EDITOR PAGER'.split(' '),
);
/** Programs that only pass text on or say what time it is: what they read, write or are given is an ability of its own. None of them starts a program or changes a file unless its command line says so, and the scan reads that. */
const TRIVIAL_PROGRAMS: ReadonlySet<string> = new Set(
  'basename cat cmp column comm cut date diff dirname egrep expr fgrep fmt fold grep head join ls nl paste rev seq sleep sort tac tail tr uniq wc'.split(
    ' ',
  ),
);
/** Methods that only fetch. */
const FETCHES: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Key of the tools that a skill asks to be run without asking. */
export const ALLOWED_TOOLS = 'skill:allowed-tools';
/** Keys of what settings let pass without asking, and of refusals and questions that they do not ask for any more. */
export const ALLOWED = 'permissions:allowed';
export const UNGUARDED = 'permissions:unguarded';
/** Of the tools, the ones that run commands, and the ones that stand for all. */
const RUNS_COMMANDS = /^(?:\w{1,20} )?(?:\*|(?:bash|shell|powershell|terminal|exec|execute|run_shell_command|run_terminal_cmd)(?![\w-]))/i;

/**
 * The gate of an ability that came. `entry.details` holds what is new of it: everything for a new one, the fresh details of one that stayed.
 * @param partly true if the ability itself was there before and only details of it came
 */
export function gateOfAbility(entry: Pick<CapabilityEntry, 'kind' | 'key' | 'details'>, partly = false): Gate {
  const { kind, key, details } = entry;
  if (kind === 'setting' && key === UNGUARDED) return 'review';
  if (kind === 'setting' && (key === ALLOWED_TOOLS || key === ALLOWED)) {
    const { tools } = details;
    return Array.isArray(tools) && tools.some((tool) => RUNS_COMMANDS.test(tool)) ? 'review' : 'capability';
  }
  if (kind === 'read' || kind === 'write') return TRIVIAL_PLACE.test(key) ? 'capability' : 'review';
  if (kind === 'program' && TRIVIAL_PROGRAMS.has(key) && details['elevated'] !== true) return 'capability';
  if (kind === 'delete') return TRIVIAL_PLACE.test(key) && key !== 'workspace' ? 'capability' : 'review';
  if (kind === 'env' && TRIVIAL_ENV.has(key)) return 'capability';
  if (kind === 'program' && TRIVIAL_PROGRAM.has(key) && details['elevated'] !== true) return 'capability';
  if (partly) {
    const names = Object.keys(details);
    // Another way to the same screen or keyboard is no new ability.
    if (kind === 'capture' && names.every((name) => name === 'tools')) return 'capability';
    const methods = details['methods'];
    if (kind === 'host' && names.every((name) => name === 'methods') && Array.isArray(methods) && methods.every((method) => FETCHES.has(method)))
      return 'capability';
    // A pin that was added takes something away.
    if (kind === 'package' && names.length === 0) return 'capability';
  }
  return GRAVE.has(kind) ? 'block' : 'review';
}
