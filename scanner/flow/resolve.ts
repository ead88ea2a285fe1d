/**
 * Which file of the skill a path in its text means. Skills spell their own folder many ways (`./run.sh`, `{baseDir}/run.sh`, `$SKILL_DIR/run.sh`,
 * `~/.claude/skills/<name>/run.sh`, `skills/<name>/run.sh`); a path means a shipped file when it is that file relative to the file it stands in, relative to the
 * root, or when all its known trailing segments match and nothing else does.
 */
import { normalisePath } from '../cells.ts';
import type { File, Skill, Value } from '../model.ts';
import { partsOf } from '../value.ts';

export interface Resolver {
  /** The shipped file a value means, seen from `from`. */
  file(value: Value, from: File): File | undefined;
  /** Same for plain text, as links and prose have it. */
  text(path: string, from: File): File | undefined;
}

const directory = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');

export function resolver(skill: Skill): Resolver {
  const byPath = new Map(skill.files.map((file) => [file.path, file]));
  const byName = new Map<string, File[]>();
  for (const file of skill.files) {
    const name = file.path.slice(file.path.lastIndexOf('/') + 1);
    const same = byName.get(name);
    if (same) same.push(file);
    else byName.set(name, [file]);
  }
  const memo = new Map<string, File | undefined>();

  const find = (raw: string, from: File): File | undefined => {
    let path = normalisePath(raw.split(/[?#]/, 1)[0] ?? '');
    if (path === '' || path === '/' || path.includes('://')) return undefined;
    // What stands before the last hole is somebody's folder; only what follows can name a shipped file.
    const hole = Math.max(path.lastIndexOf('}'), path.lastIndexOf('>'), path.lastIndexOf(')'));
    const rooted = path.startsWith('/') || path.startsWith('~') || hole >= 0 || /^[A-Za-z]:/.test(path);
    if (hole >= 0) path = path.slice(hole + 1).replace(/^\//, '');
    if (!rooted) {
      const beside = byPath.get(normalisePath(`${directory(from.path)}/${path}`.replace(/^\//, ''))) ?? byPath.get(path);
      if (beside) return beside;
    } else if (hole >= 0 && byPath.has(path)) return byPath.get(path);
    const segments = path.split('/').filter((segment) => segment !== '' && segment !== '~');
    const last = segments.at(-1);
    if (last === undefined) return undefined;
    const candidates = byName.get(last);
    if (candidates === undefined) return undefined;
    // The longest common tail wins; a bare name must be unambiguous, a rooted path must agree in at least one folder or stand in the root.
    let best: File | undefined;
    let bestLength = 0;
    let ties = 0;
    for (const file of candidates) {
      const own = file.path.split('/');
      let length = 0;
      while (length < own.length && length < segments.length && own[own.length - 1 - length] === segments[segments.length - 1 - length]) length++;
      if (length > bestLength) {
        best = file;
        bestLength = length;
        ties = 1;
      } else if (length === bestLength) ties++;
    }
    if (best === undefined || ties > 1) return undefined;
    if (bestLength === best.path.split('/').length && (!rooted || hole >= 0 || /(?:^|\/)skills?\//.test(path))) return best;
    return !rooted && bestLength === segments.length ? best : undefined;
  };

  const text = (path: string, from: File): File | undefined => {
    const key = `${directory(from.path)}\0${path}`;
    if (!memo.has(key)) memo.set(key, path.length > 1_000 ? undefined : find(path, from));
    return memo.get(key);
  };
  return {
    text,
    file: (value, from) => {
      if (value.kind === 'unknown') return undefined;
      return text(
        partsOf(value)
          .map((part) => (typeof part === 'string' ? part : '${}'))
          .join(''),
        from,
      );
    },
  };
}
