/**
 * Shell scripts in several files: a function or variable that one file defines and another uses is neither a program nor part of the environment. Counts only between files that are sourced by name, or source one; a shell that has
 * sourced a function runs it before any program of that name. Names that look like secrets stay variables of the environment wherever they are assigned.
 */
import type { ExecFact, File, Skill } from '../model.ts';
import { show } from '../value.ts';

export interface Sourced {
  /** The file uses a function that another file of its group defines. */
  calls(file: number, name: string): boolean;
  /** The file uses a variable that another file of its group assigns. */
  holds(file: number, name: string): boolean;
}

const FUNCTION = /^[ \t]{0,80}(?:function[ \t]{1,8})?([A-Za-z_][\w-]{0,80})[ \t]{0,8}\(\)/gm;
const ASSIGNED = /^[ \t]{0,80}(?:(?:export|local|readonly|declare|typeset)[ \t]{1,8}(?:-[A-Za-z]{1,8}[ \t]{1,8}){0,4})?([A-Za-z_]\w{0,80})\+?=/gm;
const SECRET = /TOKEN|KEY|SECRET|PASS|CRED|AUTH|COOKIE|SESSION/i;
const LONGEST = 500_000;

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** @param execs those of the whole skill */
export function sourcedFiles(skill: Skill, execs: readonly ExecFact[]): Sourced {
  const sources = execs.filter((fact) => fact.how === 'source' && fact.path !== undefined);
  const names = new Set(sources.map((fact) => baseOf(show(fact.path!))));
  const group = new Set(sources.map((fact) => fact.at.file));
  for (const file of skill.files) if (names.has(baseOf(file.path))) group.add(file.id);
  const functions = new Map<string, Set<number>>();
  const variables = new Map<string, Set<number>>();
  const collect = (into: Map<string, Set<number>>, file: File, pattern: RegExp): void => {
    for (const [, name = ''] of file.text.matchAll(pattern)) {
      const set = into.get(name);
      if (set) set.add(file.id);
      else into.set(name, new Set([file.id]));
    }
  };
  for (const id of group) {
    const file = skill.files[id]!;
    if (file.kind !== 'text' || file.text.length > LONGEST || /\.(?:md|mdx|markdown|txt)$/i.test(file.path)) continue;
    collect(functions, file, FUNCTION);
    collect(variables, file, ASSIGNED);
  }
  const elsewhere = (map: Map<string, Set<number>>, file: number, name: string): boolean => {
    if (!group.has(file)) return false;
    const set = map.get(name);
    return set !== undefined && (set.size > 1 || !set.has(file));
  };
  return {
    calls: (file, name) => elsewhere(functions, file, name),
    holds: (file, name) => !SECRET.test(name) && elsewhere(variables, file, name),
  };
}
