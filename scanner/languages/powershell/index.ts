/**
 * PowerShell: from source to facts. Covers download cradles, encoded commands, string building, aliases and backticks, .NET members, scheduled tasks, Run keys, Defender
 * settings. Spec: PowerShell 7.6 language specification; Windows PowerShell 5.1 commands.
 */
import type { Language, ReadContext } from '../contract.ts';
import { type Grammar, loadGrammar, type Syntax } from '../grammar.ts';
import { reportErrors } from '../python/header.ts';
import { flush, newMachine } from '../python/machine.ts';
import { readWritten } from '../python/written.ts';
import { drain } from './commands.ts';
import { evaluate, type Shell, text } from './evaluate.ts';

let grammar: Grammar | undefined;

function hoist(s: Shell, root: Syntax): void {
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    s.m.ctx.step();
    if (node.type === 'function_statement') {
      const name = text(
        s,
        node.children.find((each) => each.type === 'function_name'),
      ).toLowerCase();
      if (name !== '') s.functions.set(name, node);
    }
    stack.push(...node.children);
  }
}

/**
 * The grammar takes `./x` at the start of a statement for a division (`.\\x` it understands), the arguments `192.0.2.1` and `-type=txt` of a program for numbers and an
 * assignment. Same length, so that positions stay; readers take their text from the source.
 */
const forGrammar = (source: string): string =>
  source
    .replace(/(^|[;|{}(])([ \t]{0,40})(\.{1,2}|~|)\/(?=[\w.])/gm, '$1$2$3\\')
    .replace(/[ \t]\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?=[\s|;)]|$)/g, (address) => address.replace(/[\d.]/g, 'x'))
    .replace(/([ \t]-[A-Za-z]{1,20})=(?=\w)/g, '$1_');

function read(source: string, ctx: ReadContext): void {
  if (grammar === undefined) throw new Error('the PowerShell grammar is not loaded');
  const parsed = grammar.parse(forGrammar(source), ctx.step);
  reportErrors(source, parsed, ctx, 'PowerShell');
  const m = newMachine(ctx, source);
  const globals: Shell['globals'] = new Map();
  const s: Shell = { m, vars: globals, globals, functions: new Map(), aliases: new Map(), queue: [], walked: new Set(), nested: 0, returns: [] };
  try {
    hoist(s, parsed.root);
    evaluate(s, parsed.root);
    drain(s);
  } finally {
    flush(m, (at, path, content) => readWritten(m, at, path, content));
  }
  if (m.deep) ctx.opaque(0, source.length, 'depth', 'PowerShell nested too deeply', true);
}

const powershell: Language = { id: 'powershell', read };
export async function load(): Promise<Language> {
  grammar = await loadGrammar('powershell');
  return powershell;
}
export default powershell;
