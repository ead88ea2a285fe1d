/** CSV and TSV cells with their places (RFC 4180): quotes may hold separators, line ends and doubled quotes. Nothing is refused. */
import type { ListNode, TextNode, Tree } from './tree.ts';

export function readCsv(source: string, step: () => void = () => {}): Tree {
  const header = source.slice(0, Math.max(0, source.indexOf('\n')));
  const separator = header.includes('\t') ? '\t' : !header.includes(',') && header.includes(';') ? ';' : ',';
  const items: TextNode[] = [];
  let at = 0;
  while (at < source.length) {
    step();
    if (source[at] === '"') {
      const start = at;
      let text = '';
      for (at++; at < source.length; ) {
        const quote = source.indexOf('"', at);
        const end = quote < 0 ? source.length : quote;
        text += source.slice(at, end);
        at = end + 1;
        if (source[at] !== '"') break;
        text += '"';
        at++;
      }
      items.push({ kind: 'text', text, start, end: Math.min(at, source.length), inner: start + 1, quote: '""' });
    } else {
      let end = at;
      while (end < source.length && source[end] !== separator && source[end] !== '\n') end++;
      if (end > at) items.push({ kind: 'text', text: source.slice(at, end), start: at, end, inner: at, quote: '' });
      at = end;
    }
    while (at < source.length && (source[at] === separator || source[at] === '\n' || source[at] === '\r')) at++;
  }
  const root: ListNode = { kind: 'list', start: 0, end: source.length, items };
  return { root, problems: [], comments: [] };
}
