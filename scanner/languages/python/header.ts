/** What a Python file says about itself: PEP 723 dependencies, which `uv run` and `pipx run` install without asking, and how much of it did not parse. */
import { parse } from 'smol-toml';
import { known } from '../../value.ts';
import type { ReadContext } from '../contract.ts';
import type { Parsed } from '../grammar.ts';

/** The `# /// script` block. Spec: PEP 723. */
export function inlineMetadata(text: string, ctx: ReadContext): void {
  const open = /^# \/\/\/ script[ \t]*$/m.exec(text);
  if (open === null) return;
  const from = open.index + open[0].length + 1;
  const lines: string[] = [];
  let at = from;
  for (const line of text.slice(from, from + 20_000).split('\n')) {
    if (/^# \/\/\/[ \t]*\r?$/.test(line) || !line.startsWith('#')) break;
    lines.push(line.replace(/^# ?/, '').replace(/\r$/, ''));
    at += line.length + 1;
  }
  let data: { dependencies?: unknown; tool?: { uv?: { 'index-url'?: unknown; index?: unknown } } };
  try {
    data = parse(lines.join('\n')) as typeof data;
  } catch {
    ctx.opaque(open.index, at, 'parse-error', 'script metadata is not TOML', false);
    return;
  }
  const index = data.tool?.uv?.['index-url'];
  for (const each of Array.isArray(data.dependencies) ? data.dependencies.slice(0, 200) : []) {
    if (typeof each !== 'string') continue;
    const match = /^([A-Za-z0-9][\w.-]{0,200})(?:\[[^\]]{0,200}\])?\s?(?:(@)\s?(\S{1,500})|(===?)\s?([\w.+!-]{1,60}))?/.exec(each.trim());
    if (match === null) continue;
    const url = match[3];
    const where = text.indexOf(each, open.index);
    const start = where >= 0 && where < at ? where : open.index;
    ctx.fact(start, where >= 0 && where < at ? where + each.length : at, {
      kind: 'install',
      manager: 'uv',
      name: known(url ?? match[1]!),
      ...(match[5] ? { version: match[5] } : {}),
      pinned: match[5] !== undefined && !each.includes('*'),
      from: url === undefined ? 'registry' : /^git\+/.test(url) ? 'vcs' : /^file:/.test(url) ? 'file' : 'url',
      ...(typeof index === 'string' ? { registry: known(index) } : {}),
      runs: true,
    });
  }
}

/** Says what the grammar could not explain. A line or two in a fence are documentation; a good part of a file is not read. */
export function reportErrors(text: string, parsed: Parsed, ctx: ReadContext, language: string): void {
  if (parsed.cut) ctx.opaque(0, text.length, 'depth', `${language} nested too deeply`, true);
  if (parsed.errors.length === 0) return;
  const size = parsed.errors.reduce((sum, error) => sum + (error.end - error.start), 0);
  const whole = ctx.unit.role === 'file' || ctx.unit.role === 'decoded';
  const first = parsed.errors[0]!;
  ctx.opaque(
    first.start,
    first.end,
    'parse-error',
    `${parsed.errors.length} ${parsed.errors.length === 1 ? 'piece' : 'pieces'} not readable as ${language}`,
    whole && size * 5 > text.length,
  );
}
