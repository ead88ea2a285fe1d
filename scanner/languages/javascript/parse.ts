/**
 * Text to tree. Promises a tree for anything Babel accepts as a module or as a script, JavaScript or TypeScript, with or without JSX; broken lines are blanked and what
 * stands around them is still read, so that one placeholder in a fence does not hide the rest. Offsets stay those of the text. Refuses nothing silently: `failed` names
 * what was left out. Deep nesting overflows the parser's stack; the caller sees `deep`.
 */
import { type ParserOptions, type ParserPlugin, parse } from '@babel/parser';
import type { File as Tree } from '@babel/types';

export interface Parsed {
  readonly tree: Tree | undefined;
  readonly failed?: { readonly start: number; readonly end: number; readonly says: string };
  readonly deep?: boolean;
}

const SHARED: ParserOptions = {
  errorRecovery: true,
  attachComment: false,
  allowReturnOutsideFunction: true,
  allowAwaitOutsideFunction: true,
  allowImportExportEverywhere: true,
  allowSuperOutsideMethod: true,
  allowUndeclaredExports: true,
  allowNewTargetOutsideFunction: true,
};
const COMMON: ParserPlugin[] = [
  'decorators',
  'explicitResourceManagement',
  'importAttributes',
  'doExpressions',
  'exportDefaultFrom',
  'throwExpressions',
];
const plugins = (path: string): ParserPlugin[][] => {
  const flow: ParserPlugin[] = [...COMMON, 'jsx', 'flow'];
  const tsx: ParserPlugin[] = [...COMMON, 'typescript', 'jsx'];
  const ts: ParserPlugin[] = [...COMMON, 'typescript'];
  if (/\.[mc]?ts$/i.test(path)) return [ts, tsx];
  return /\.tsx$/i.test(path) ? [tsx] : [tsx, ts, flow];
};

interface Position {
  readonly pos?: number;
  readonly message?: string;
}

/** Parses; tries dialects in turn, then blanks the lines that break it. */
export function parseText(text: string, path: string): Parsed {
  const tries: ParserOptions[] = plugins(path).flatMap((list) =>
    (['module', 'script'] as const).map((sourceType): ParserOptions => ({ ...SHARED, sourceType, plugins: list })),
  );
  let furthest = -1;
  let says = '';
  let best = tries[0]!;
  for (const options of tries) {
    try {
      return { tree: parse(text, options) };
    } catch (error) {
      if (error instanceof RangeError) return { tree: undefined, deep: true };
      const at = (error as Position).pos ?? 0;
      if (at > furthest) {
        furthest = at;
        says = (error as Position).message ?? 'syntax error';
        best = options;
      }
    }
  }
  return salvage(text, best, furthest, says);
}

const ROUNDS = 12;

/** Blanks the line of each error and parses again, a bounded number of times. */
function salvage(source: string, options: ParserOptions, at: number, says: string): Parsed {
  const failed = { start: Math.max(0, Math.min(at, source.length - 1)), end: Math.min(source.length, at + 1), says: says.slice(0, 160) };
  if (source.length > 200_000) return { tree: undefined, failed };
  let text = source;
  let where = at;
  for (let round = 0; round < ROUNDS; round++) {
    let start = text.lastIndexOf('\n', where - 1) + 1;
    let end = text.indexOf('\n', where);
    if (end < 0) end = text.length;
    // An error at the very end belongs to the last line with something on it.
    while (start > 0 && text.slice(start, end).trim() === '') {
      end = start - 1;
      start = text.lastIndexOf('\n', end - 1) + 1;
    }
    if (text.slice(start, end).trim() === '') break;
    text = text.slice(0, start) + ' '.repeat(end - start) + text.slice(end);
    try {
      return { tree: parse(text, options), failed };
    } catch (error) {
      if (error instanceof RangeError) return { tree: undefined, deep: true };
      where = Math.min((error as Position).pos ?? 0, text.length);
    }
  }
  return { tree: undefined, failed };
}
