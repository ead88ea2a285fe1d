/** Joined paths with holes, tidied the way `path.join` tidies text. */
import type { Hole } from '../../model.ts';

/** `a//b/./c/../d` to `a/b/d`; a leading `./` goes, `..` at the start stays. */
export function normalise(text: string): string {
  if (/^[a-z][\w+.-]{1,12}:\/\//i.test(text)) return text;
  const rooted = text.startsWith('/');
  const out: string[] = [];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && out.length > 0 && out.at(-1) !== '..' && out.at(-1) !== '~') out.pop();
    else if (part === '..' && rooted && out.length === 0) continue;
    else out.push(part);
  }
  return (rooted ? '/' : '') + out.join('/') || (rooted ? '/' : '.');
}

/** Double slashes and `/./` between known pieces. */
export function tidy(parts: readonly (string | Hole)[]): (string | Hole)[] {
  return parts.map((part, index) => {
    if (typeof part !== 'string') return part;
    const tidied = part.replace(/\/{2,20}/g, '/').replaceAll('/./', '/');
    return index === 0 && tidied.startsWith('./') ? tidied.slice(2) : tidied;
  });
}
