/** Addresses as values: placeholders such as `{data}`, `${x}`, `{{x}}`, `<secret>` and `$NAME` become holes, the rest stays as written (NET-008). */
import type { Hole, Value } from '../../model.ts';
import { known, template } from '../../value.ts';

const hole =
  /\$\{([^{}$\s]{1,80})\}|\{\{([^{}]{1,80})\}\}|\{([^{}]{1,80})\}|<([A-Za-z_][^<>]{0,80})>|%7B([\w.-]{1,80})%7D|\$([A-Z][A-Z0-9_]{1,60})\b/g;

/** The value of an address as written in prose. */
export function urlValue(url: string): Value {
  const parts: (string | Hole)[] = [];
  let from = 0;
  for (const found of url.slice(0, 8000).matchAll(hole)) {
    if (found.index > from) parts.push(url.slice(from, found.index));
    const env = found[6];
    const name = found.slice(1).find((group) => group !== undefined) ?? '';
    parts.push(env === undefined ? { name: name.trim() } : { env });
    from = found.index + found[0].length;
  }
  if (parts.length === 0) return known(url);
  if (from < url.length) parts.push(url.slice(from));
  return template(parts);
}

const address = /\bhttps?:\/\/[^\s<>"'`\\)\]}|*]{3,2000}/gi;
/** A host and path without scheme, as lures write it. The host is checked below. */
const bare = /(?<![\w@/.:-])[a-z0-9][a-z0-9.-]{2,120}\/[^\s<>"'`\\)\]}|*]{1,500}/gi;
const topLevel = new Set(
  'com net org io dev app xyz site online co me ru cn top cc gg to info link click page run cloud tech store space live pro biz pw su tk ml ga cf ly sh ai eu us uk de fr example invalid'.split(
    ' ',
  ),
);
const isHost = (host: string): boolean => {
  const labels = host.toLowerCase().split('.');
  return labels.length > 1 && topLevel.has(labels.at(-1)!) && labels.every((label) => label !== '' && !label.startsWith('-'));
};

/** Bare addresses in running text. Trailing punctuation is left off. */
export function addressesIn(text: string): { readonly url: string; readonly start: number; readonly end: number }[] {
  const found = [...text.matchAll(address)].map((match) => ({ url: trimmed(match[0]), start: match.index }));
  const loose = [...text.matchAll(bare)]
    .filter((match) => isHost(match[0].slice(0, match[0].indexOf('/'))))
    .map((match) => ({ url: `https://${trimmed(match[0])}`, start: match.index, cut: 8 }));
  return [...found, ...loose]
    .map(({ url, start, ...rest }) => ({ url, start, end: start + url.length - ('cut' in rest ? 8 : 0) }))
    .sort((a, b) => a.start - b.start);
}

const trimmed = (url: string): string => url.replace(/[.,;:!?'"]{1,5}$/, '');
