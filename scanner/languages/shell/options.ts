/**
 * Reads the words of a command as options and operands, by the grammar its row gives: which options take a value. Short clusters (`-sSLo f`), glued values (`-of`),
 * `--name=value`, single-dash long names (`-exec`) and `--` are understood. It never fails: unknown options count as flags.
 */
import { known, partsOf, template, textOf } from '../../value.ts';
import type { Field } from './world.ts';

export interface Options {
  /** Values by option as written (`-o`, `--output`), in order. */
  readonly values: readonly { readonly name: string; readonly field: Field }[];
  readonly flags: ReadonlySet<string>;
  readonly operands: readonly Field[];
}

export interface Grammar {
  /** Options with a value, blank-separated: `-o --output`. */
  readonly values?: string;
  /** `-name value` instead of clusters. */
  readonly single?: boolean;
  /** Stop at the first operand (wrappers: `sudo -u x cmd -c`). */
  readonly stop?: boolean;
}

const cache = new Map<string, ReadonlySet<string>>();
/** Blank-separated words as a set; the lists are ours and few. */
export function words(list: string): ReadonlySet<string> {
  let set = cache.get(list);
  if (set === undefined) {
    set = new Set(list.split(' ').filter((word) => word !== ''));
    cache.set(list, set);
  }
  return set;
}

/** The field without its first `count` characters (which must be literal). */
export function cut(field: Field, count: number): Field {
  const [first, ...rest] = partsOf(field.value);
  const value = typeof first === 'string' ? (rest.length === 0 ? known(first.slice(count)) : template([first.slice(count), ...rest])) : field.value;
  const { map: _map, ...bare } = field;
  return { ...bare, value, spelled: field.spelled.slice(count) };
}

export function parseOptions(args: readonly Field[], grammar: Grammar): Options {
  const takes = words(grammar.values ?? '');
  const values: { name: string; field: Field }[] = [];
  const flags = new Set<string>();
  const operands: Field[] = [];
  for (let i = 0; i < args.length; i++) {
    const field = args[i]!;
    const first = partsOf(field.value)[0];
    const head = typeof first === 'string' ? first : '';
    if (head === '--' && field.value.kind === 'known') {
      operands.push(...args.slice(i + 1));
      break;
    }
    if (head.length < 2 || !(head.startsWith('-') || head.startsWith('+'))) {
      if (grammar.stop) {
        operands.push(...args.slice(i));
        break;
      }
      operands.push(field);
      continue;
    }
    const equals = head.indexOf('=');
    if (head.startsWith('--') || grammar.single) {
      const name = equals > 0 ? head.slice(0, equals) : head;
      if (equals > 0) {
        values.push({ name, field: cut(field, equals + 1) });
        flags.add(name);
      } else if (takes.has(name) && i + 1 < args.length) {
        values.push({ name, field: args[++i]! });
        flags.add(name);
      } else flags.add(name);
      continue;
    }
    for (let k = 1; k < head.length && k < 64; k++) {
      const name = `${head[0]}${head[k]}`;
      flags.add(name);
      if (!takes.has(name)) continue;
      if (k + 1 < head.length || field.value.kind === 'template') values.push({ name, field: cut(field, k + 1 + (head[k + 1] === '=' ? 1 : 0)) });
      else if (i + 1 < args.length) values.push({ name, field: args[++i]! });
      break;
    }
    flags.add(head);
  }
  return { values, flags, operands };
}

/** Values given to any of the named options. */
export const given = (options: Options, names: string): Field[] => {
  const wanted = words(names);
  return options.values.filter((value) => wanted.has(value.name)).map((value) => value.field);
};
export const flagged = (options: Options, names: string): boolean => {
  for (const name of words(names)) if (options.flags.has(name)) return true;
  return false;
};
export const operandText = (options: Options, index: number): string | undefined => textOf(options.operands[index]?.value);
