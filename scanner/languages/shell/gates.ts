/**
 * Conditions that delay or aim behaviour: tests of the date, the host, the user or a build server. Judged by the commands and variables the condition reads, in its tree.
 */
import { forEachChild, type SyntaxNode, type Word } from 'unbash';
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

/**
 * The gate that a condition is: a comparison of the date, host or user with something fixed, or a test whether a build server runs it. A file named by date, or two dates of the user's
 * data, are none.
 */
export function gateOf(w: World, node: unknown): Gate | undefined {
  const stack: SyntaxNode[] = [node as SyntaxNode];
  for (let seen = 0; stack.length > 0 && seen < 400; seen++) {
    const next = stack.pop()!;
    w.ctx.step();
    if (next.type === 'TestBinary') {
      const gate = compared(w, next.left, next.right);
      if (gate !== undefined) return gate;
    } else if (next.type === 'TestUnary' && /^-[nz]$/.test(next.operator)) {
      if (sourceOf(w, next.operand) === 'ci-gate') return 'ci-gate';
    } else if (next.type === 'Command' && /^(?:\[|test)$/.test(next.name?.value ?? '')) {
      const sides = next.args.filter((arg): arg is Word => arg.type === 'Word');
      const gate =
        sides.length >= 3 && /^(?:[!=]?==?|[<>]|-(?:gt|lt|ge|le|eq|ne))$/.test(sides[1]!.value) ? compared(w, sides[0]!, sides[2]!) : undefined;
      if (gate !== undefined) return gate;
      if (/^-[nz]$/.test(sides[0]?.value ?? '') && sides[1] !== undefined && sourceOf(w, sides[1]) === 'ci-gate') return 'ci-gate';
      continue;
    } else if (next.type === 'ArithmeticCommand') {
      for (const match of next.body.slice(0, 400).matchAll(/[A-Za-z_]\w{0,60}/g)) {
        const gate = w.gates.get(match[0]) ?? BY_VARIABLE[match[0]];
        if (gate !== undefined && /[<>=]/.test(next.body) && /\d{6}/.test(next.body)) return gate;
      }
    } else if (next.type === 'Pipeline' && next.commands.some((command) => command.type === 'Command' && /grep$/.test(command.name?.value ?? ''))) {
      const gate = sourceOf(w, next.commands[0]!);
      if (gate !== undefined) return gate;
    }
    forEachChild(next, (child) => stack.push(child));
  }
  return undefined;
}

/** One side reads a clock, host or user; the other is a constant. */
function compared(w: World, left: Word, right: Word): Gate | undefined {
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const gate = sourceOf(w, one);
    if (gate !== undefined && constant(w, other) && !(gate === 'user-gate' && /^["']?(?:root|0)["']?$/.test(other.text))) return gate;
  }
  return undefined;
}
const constant = (w: World, word: Word): boolean => {
  const variable = /^["']?\$\{?(\w{1,100})\}?["']?$/.exec(word.text)?.[1];
  if (variable !== undefined) return w.vars.get(variable)?.field.value.kind === 'known' && !w.gates.has(variable);
  return !word.text.includes('$') && !word.text.includes('`');
};

/** Whether a word or command reads a clock, host or user name: by what it runs first, or by a variable known to hold one. */
export function sourceOf(w: World, node: unknown): Gate | undefined {
  const stack: SyntaxNode[] = [node as SyntaxNode];
  for (let seen = 0; stack.length > 0 && seen < 60; seen++) {
    const next = stack.pop()!;
    if (next.type === 'Command' && next.name !== undefined) {
      const name = next.name.value;
      if (Object.hasOwn(BY_COMMAND, name)) return BY_COMMAND[name];
      const words = next.args.map((arg) => (arg.type === 'Word' ? arg.value : ''));
      if (name === 'uname' && words.includes('-n')) return 'host-gate';
      return name === 'id' && words.some((word) => /^-[a-z]?n/.test(word) || word === '-un') ? 'user-gate' : undefined;
    }
    // An age (`now - then`) or a length is no clock.
    if (next.type === 'ArithmeticExpansion' || (next.type === 'ParameterExpansion' && next.prefix === '#')) continue;
    const name = next.type === 'SimpleExpansion' ? next.text.slice(1) : next.type === 'ParameterExpansion' ? next.parameter : undefined;
    if (name !== undefined) {
      const known = w.gates.get(name);
      if (known !== undefined) return known;
      if (!w.vars.has(name) && Object.hasOwn(BY_VARIABLE, name)) return BY_VARIABLE[name];
    }
    const children: SyntaxNode[] = [];
    forEachChild(next, (child) => children.push(child));
    // The first thing in a pipeline decides what the word holds.
    if (next.type === 'Pipeline') stack.push(next.commands[0]!);
    else stack.push(...children.reverse());
  }
  return undefined;
}

export function stateGate(w: World, what: Gate, span: { start: number; end: number }): void {
  fact(w, span.start, span.end, { kind: 'control', what, detail: w.source.slice(span.start, span.end).trim().slice(0, 200) });
}
