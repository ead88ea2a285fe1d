/**
 * Things put where nobody looks: text pushed off the screen by spaces or blank lines, and literals too long to read that something may decode. Padding inside
 * table cells and box drawings is layout; images and fonts in `data:` addresses are themselves.
 */
import { lineEnd } from './align.ts';
import type { Unseen } from './unseen.ts';

const spacesMost = 200;
const linesMost = 60;
const literalLeast = 400;

const isBlank = (code: number): boolean =>
  code === 32 || code === 9 || code === 0xa0 || (code >= 0x2000 && code <= 0x200a) || code === 0x3000 || code === 0x2800;

/** Runs of spaces or blank lines with text behind them. */
export function padding(text: string): Unseen[] {
  const out: Unseen[] = [];
  for (let at = 0; at < text.length && out.length < 100; ) {
    if (!isBlank(text.charCodeAt(at))) {
      at++;
      continue;
    }
    const from = at;
    while (at < text.length && isBlank(text.charCodeAt(at))) at++;
    const next = text[at] ?? '\n';
    // Indentation is layout too, unless it is absurd; so are table cells.
    const lineStart = from === 0 || text[from - 1] === '\n';
    if (at - from < (lineStart ? 2 * spacesMost : spacesMost) || /[\s|│┃║]/.test(next)) continue;
    const end = Math.min(lineEnd(text, at), at + 4000);
    out.push({ how: 'padding', start: at, end, text: text.slice(at, Math.min(end, at + 400)) });
  }
  let blank = 0;
  let at = 0;
  while (at < text.length) {
    const feed = text.indexOf('\n', at);
    const end = feed < 0 ? text.length : feed;
    if (text.slice(at, Math.min(end, at + 400)).trim() === '') blank++;
    else {
      if (blank >= linesMost && out.length < 100)
        out.push({ how: 'padding', start: at, end: Math.min(text.length, at + 4000), text: text.slice(at, at + 400).trim() });
      blank = 0;
    }
    at = end + 1;
  }
  return out;
}

/** Openings of encoded images, fonts, audio and video: what they are, they are in plain sight. */
const media = /^(?:iVBORw0KGgo|\/9j\/|R0lGOD|UklGR|AAABAA|Qk0|d09GM|d09GR|AAEAAAA|T1RUTw|SUQz|T2dnUw|AAAA.{2}ZnR5cA)/;

/** Magic numbers of ELF, PE and Mach-O as lists of numbers or escapes. */
const MACHINE =
  /0x7f,[ \t]{0,8}0x45,[ \t]{0,8}0x4c,[ \t]{0,8}0x46,[ \t]{0,8}0x0|0x4d,[ \t]{0,8}0x5a,[ \t]{0,8}0x90,[ \t]{0,8}0x0|0xcf,[ \t]{0,8}0xfa,[ \t]{0,8}0xed,[ \t]{0,8}0xfe,[ \t]{0,8}0x0|\\x7f(?:ELF|\\x45\\x4c\\x46)\\x0|(?:MZ|\\x4d\\x5a)\\x90\\x00/gi;

/** Base64 and hexadecimal literals of 400 characters or more, also wrapped over lines. */
export function longLiterals(text: string): Unseen[] {
  const out: Unseen[] = [];
  const state = (start: number, end: number, kind: string) => {
    if (out.length < 100)
      out.push({ how: 'long-literal', start, end, text: `${end - start} characters of ${kind}: ${text.slice(start, start + 40)}…` });
  };
  // Machine code spelled byte by byte: the magic number of a program and at least 28 bytes more.
  for (const found of text.matchAll(MACHINE)) {
    const tail = text.slice(found.index, found.index + 6_000);
    const bytes = tail.match(/(?:0x|\\x)[0-9a-fA-F]{2}/g) ?? [];
    if (bytes.length >= 32 && out.length < 100)
      out.push({ how: 'long-literal', start: found.index, end: found.index + found[0].length, text: 'machine code, spelled byte by byte' });
  }
  // Every run is matched whole, so the scan stays linear; short ones are passed over.
  for (const found of text.matchAll(/[A-Za-z0-9+/_-]+/g)) {
    const literal = found[0];
    if (literal.length < 400) continue;
    const before = text.slice(Math.max(0, found.index - 60), found.index);
    if (/data:(?:image|font|audio|video|application\/(?:font|x-font|octet-stream-font))[\w/+.;=-]{0,50},$/.test(before) && !/svg/.test(before))
      continue;
    if (media.test(literal)) continue;
    const kind = kindOf(literal);
    if (kind !== undefined) state(found.index, found.index + literal.length, kind);
  }
  // Wrapped literals: lines of nothing else, one after another.
  let first = -1;
  let chars = 0;
  let at = 0;
  const finish = (end: number) => {
    if (first >= 0 && chars >= literalLeast) {
      const body = text.slice(first, end).replace(/\s+/g, '');
      const armoured = /-----BEGIN [A-Z ]{1,40}-----\s{0,4}$/.test(text.slice(Math.max(0, first - 60), first));
      const kind = kindOf(body.replace(/={1,2}$/, ''));
      if (kind !== undefined && !media.test(body) && !armoured) state(first, end, kind);
    }
    first = -1;
    chars = 0;
  };
  while (at < text.length) {
    const feed = text.indexOf('\n', at);
    const end = feed < 0 ? text.length : feed;
    const line = end - at < literalLeast ? text.slice(at, end).trim() : '';
    if (line.length >= 40 && /^["'#/* ]{0,8}[A-Za-z0-9+/_-]{40,}={0,2}["',;\\ ]{0,6}$/.test(line)) {
      if (first < 0) first = at;
      chars += line.length;
    } else if (first >= 0) {
      finish(at);
    }
    at = end + 1;
  }
  finish(text.length);
  return out;
}

/** Base64 mixes cases and digits; hexadecimal has sixteen letters. Paths, rulers and identifiers are neither. */
function kindOf(literal: string): 'base64' | 'hexadecimal' | undefined {
  const head = literal.slice(0, 2000);
  if (/^[0-9a-fA-F]+$/.test(head)) return new Set(head.toLowerCase()).size >= 8 ? 'hexadecimal' : undefined;
  if (!/[a-z]/.test(head) || !/[A-Z]/.test(head) || !/\d/.test(head) || new Set(head).size < 24) return undefined;
  // Long paths and slugs have short alphabets between many separators.
  return (head.match(/[/_-]/g)?.length ?? 0) * 8 > head.length ? undefined : 'base64';
}
