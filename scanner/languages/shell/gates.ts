/**
 * Conditions that delay or aim behaviour: tests of the date, the host, the user or a build server. Judged by the commands and variables the condition reads, in its tree.
 */
import { forEachChild, type SyntaxNode } from 'unbash';
import type { ControlFact } from '../../model.ts';
import { fact, type World } from './world.ts';

export type Gate = ControlFact['what'];

const BY_COMMAND: Readonly<Record<string, Gate>> = {
  date: 'date-gate',
  hostname: 'host-gate',
  hostnamectl: 'host-gate',
  whoami: 'user-gate',
  logname: 'user-gate',
};
const BY_VARIABLE: Readonly<Record<string, Gate>> = {
  EPOCHSECONDS: 'date-gate',
  HOSTNAME: 'host-gate',
  COMPUTERNAME: 'host-gate',
  USER: 'user-gate',
  LOGNAME: 'user-gate',
  USERNAME: 'user-gate',
  CI: 'ci-gate',
  GITHUB_ACTIONS: 'ci-gate',
  GITLAB_CI: 'ci-gate',
  JENKINS_URL: 'ci-gate',
  TRAVIS: 'ci-gate',
  CIRCLECI: 'ci-gate',
};

/** The gate in a condition or in what a variable is set to. Looks at no more than 400 nodes. */
export function gateOf(w: World, node: unknown, compared = true): Gate | undefined {
  const found = readsOf(w, node);
  if (found === undefined || !compared) return found;
  const { pos, end } = node as SyntaxNode;
  const text = w.frame.text.slice(pos, end);
  // A log file named by date is no gate: something must be compared, or tested for presence where presence is the point.
  return /(?:\s-(?:gt|lt|ge|le|eq|ne)\s|[=<>]|\bgrep\b)/.test(text) || (found === 'ci-gate' && /-[nz]\s/.test(text)) ? found : undefined;
}

function readsOf(w: World, node: unknown): Gate | undefined {
  const stack: SyntaxNode[] = [node as SyntaxNode];
  for (let seen = 0; stack.length > 0 && seen < 400; seen++) {
    const next = stack.pop()!;
    if (next.type === 'Command' && next.name !== undefined) {
      const name = next.name.value;
      if (Object.hasOwn(BY_COMMAND, name)) return BY_COMMAND[name];
      const words = next.args.map((arg) => (arg.type === 'Word' ? arg.value : ''));
      if (name === 'uname' && words.includes('-n')) return 'host-gate';
      if (name === 'id' && words.some((word) => /^-[a-z]?n/.test(word) || word === '-un')) return 'user-gate';
    }
    const name = next.type === 'SimpleExpansion' ? next.text.slice(1) : next.type === 'ParameterExpansion' ? next.parameter : undefined;
    if (name !== undefined) {
      const known = w.gates.get(name);
      if (known !== undefined) return known;
      if (!w.vars.has(name) && Object.hasOwn(BY_VARIABLE, name)) return BY_VARIABLE[name];
    }
    forEachChild(next, (child) => stack.push(child));
  }
  return undefined;
}

export function stateGate(w: World, what: Gate, span: { start: number; end: number }): void {
  fact(w, span.start, span.end, { kind: 'control', what, detail: w.source.slice(span.start, span.end).trim().slice(0, 200) });
}
