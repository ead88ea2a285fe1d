/**
 * What a stretch of HTML, SVG or XML does, stated in the coordinates of the text it is given: scripts and handlers as JavaScript, addresses as links, text and
 * comments as prose, hidden elements as `hide`. Used for whole files, for fences and for the raw HTML inside Markdown. Stops script in SVG images, remote
 * references that load by themselves, and prose that only a model sees.
 */
import type { LinkFact, Stance } from '../../model.ts';
import { collapsed, type OffsetMap, type ReadContext, shifted } from '../contract.ts';
import { urlValue } from '../text/url.ts';
import { elementHides, type Hiding, hidingClasses } from './style.ts';
import { type Attribute, decodeEntities, type Token, tokens } from './tokens.ts';

export interface HtmlOptions {
  /** First block number and where the next goes. */
  block: number;
  readonly section: readonly string[];
  readonly stance?: Stance;
  /** Vector image or image container: script in it is active content nobody expects. */
  readonly image: boolean;
  /** Maps offsets of the text to the unit; identity for whole files. */
  readonly map: (offset: number, end?: boolean) => number;
}

/** An element that hides what it contains, until its end tag. */
export interface Hider {
  readonly name: string;
  readonly how: Hiding;
  readonly start: number;
  depth: number;
}

const blockElements = new Set(
  'address article aside blockquote body br button caption dd desc details dialog div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html label legend li main nav ol option p pre section summary svg table tbody td text tfoot th thead title tr ul metadata foreignobject entry item description content'.split(
    ' ',
  ),
);
const voidElements = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
/** Attributes that hold an address, and whether it loads without a click. */
const addressAttributes = new Map<string, LinkFact['form']>([
  ['href', 'html'],
  ['xlink:href', 'html'],
  ['src', 'image'],
  ['srcset', 'image'],
  ['data', 'html'],
  ['action', 'html'],
  ['formaction', 'html'],
  ['poster', 'image'],
  ['background', 'image'],
  ['ping', 'html'],
  ['cite', 'html'],
]);
const namespaces = /^https?:\/\/(?:www\.)?w3\.org\//;
const spokenAttributes = new Set([
  'alt',
  'title',
  'aria-label',
  'aria-description',
  'content',
  'placeholder',
  'data-prompt',
  'data-instructions',
  'summary',
]);
const activeElements = new Set(['script', 'foreignobject', 'iframe', 'object', 'embed', 'handler', 'animate', 'set']);

/** Reads all of `text`. Hidden elements still open at the end are closed there. */
export function readHtml(text: string, ctx: ReadContext, options: HtmlOptions): void {
  const { map } = options;
  const classes = new Map<string, Hiding>();
  const hiders: Hider[] = [];
  let run = newRun();
  let scriptType = '';
  const flush = () => {
    emitText(run, ctx, options);
    run = newRun();
  };
  for (const token of tokens(text)) {
    ctx.step();
    switch (token.kind) {
      case 'text':
        addText(run, text, token.start, token.end, map);
        break;
      case 'comment':
        readComment(text.slice(token.from, token.to), token, ctx, options);
        break;
      case 'raw':
        flush();
        if (token.of === 'script') readScript(text.slice(token.start, token.end), token.start, scriptType, ctx, options);
        else if (token.of === 'style') {
          for (const [name, how] of hidingClasses(text.slice(token.start, token.end))) classes.set(name, how);
          readStyle(text.slice(token.start, token.end), token.start, ctx, options);
        } else {
          addText(run, text, token.start, token.end, map);
          flush();
        }
        break;
      case 'open':
        if (blockElements.has(token.name)) flush();
        if (token.name === 'script') scriptType = token.attributes.find((attribute) => attribute.name === 'type')?.value.toLowerCase() ?? '';
        readTag(token, text, ctx, options);
        openHider(hiders, token, classes);
        break;
      case 'close':
        if (blockElements.has(token.name)) flush();
        closeHider(hiders, token, text, ctx, map);
        break;
      default:
        break;
    }
  }
  flush();
  for (const hider of hiders) hide(hider, text.length, text, ctx, map);
}

/** Notes an element that hides its content. */
export function openHider(hiders: Hider[], token: Extract<Token, { kind: 'open' }>, classes?: ReadonlyMap<string, Hiding>): void {
  if (token.closed || voidElements.has(token.name)) return;
  const how = elementHides(token.name, token.attributes, classes);
  for (const hider of hiders) if (hider.name === token.name) hider.depth++;
  if (how !== undefined && hiders.length < 100) hiders.push({ name: token.name, how, start: token.end, depth: 1 });
}

/** States what an element hid, at its end tag. */
export function closeHider(hiders: Hider[], token: Extract<Token, { kind: 'close' }>, text: string, ctx: ReadContext, map: HtmlOptions['map']): void {
  for (let index = hiders.length - 1; index >= 0; index--) {
    const hider = hiders[index]!;
    if (hider.name !== token.name) continue;
    hider.depth--;
    if (hider.depth > 0) continue;
    hiders.splice(index, 1);
    hide(hider, token.start, text, ctx, map);
  }
}

export function hide(hider: Hider, end: number, text: string, ctx: ReadContext, map: HtmlOptions['map']): void {
  const inner = text
    .slice(hider.start, Math.min(end, hider.start + 4000))
    .replace(/<[^<>]{0,400}>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (inner === '') return;
  ctx.fact(map(hider.start), map(end, true), { kind: 'hide', how: hider.how, text: decodeEntities(inner).slice(0, 400) });
}

interface Run {
  text: string;
  readonly pieces: { at: number; outer: number }[];
  start: number;
  end: number;
}
const newRun = (): Run => ({ text: '', pieces: [], start: -1, end: -1 });

function addText(run: Run, text: string, start: number, end: number, map: HtmlOptions['map']): void {
  const raw = text.slice(start, end);
  if (run.start < 0) run.start = map(start);
  run.end = map(end, true);
  for (const part of raw.split(/(&[#\w]{1,32};)/)) {
    if (part !== '') {
      run.pieces.push({ at: run.text.length, outer: map(start) });
      run.text += part.startsWith('&') ? decodeEntities(part) : part;
    }
    start += part.length;
  }
}

function emitText(run: Run, ctx: ReadContext, options: HtmlOptions): void {
  if (!/[\p{L}\p{N}]/u.test(run.text)) return;
  options.block++;
  embedProse(run.text, { kind: 'pieces', start: run.start, end: run.end, pieces: run.pieces }, 'html', ctx, options);
}

function embedProse(text: string, map: OffsetMap, role: 'html' | 'comment', ctx: ReadContext, options: HtmlOptions): void {
  ctx.embed('prose', text, map, {
    role,
    note: `block:${options.block}`,
    section: options.section,
    ...(options.stance ? { stance: options.stance } : {}),
  });
}

/** Whole comments that tools write and that can hold no sentence: lint switches, licence tags, table-of-contents marks. */
const machineComment =
  /^(?:markdownlint-[\w-]{1,40}(?: MD\d{3}){0,40}|prettier-ignore(?:-start|-end)?|omit (?:in|from) toc|toc|tocstop|\/toc|START doctoc[\w ./:-]{0,80}|END doctoc[\w ./:-]{0,80}|SPDX-License-Identifier: [\w.+-]{1,60}|more|(?:eslint|stylelint|vale|cspell|lint)[:-]?(?:disable|enable|ignore|on|off)[\w ,/-]{0,60}|(?:begin|end|start|stop)[: ][\w./-]{1,40}|\/?[\w./:-]{1,40}|-{0,80}|={0,80})$/i;

/** A comment: hidden from the person, read by the model. */
export function readComment(
  body: string,
  token: { readonly start: number; readonly end: number; readonly from: number; readonly to: number },
  ctx: ReadContext,
  options: HtmlOptions,
): void {
  if (!/\p{L}/u.test(body)) return;
  const { map } = options;
  const text = body.trim();
  if (!machineComment.test(text))
    ctx.fact(map(token.start), map(token.end, true), { kind: 'hide', how: 'html-comment', text: text.replace(/\s+/g, ' ').slice(0, 400) });
  options.block++;
  const start = map(token.from);
  const end = map(token.to, true);
  const linear = end - start === body.length;
  embedProse(body, linear ? shifted(start, end) : collapsed(start, end), 'comment', ctx, options);
}

function readScript(body: string, from: number, type: string, ctx: ReadContext, options: HtmlOptions): void {
  // XML wraps script in CDATA.
  const open = /^\s{0,200}(?:\/\/\s{0,20})?<!\[CDATA\[/.exec(body)?.[0].length ?? 0;
  const closing = open > 0 ? body.lastIndexOf(']]>') : -1;
  const spelled = body.slice(open, closing < open ? undefined : closing);
  // In XML a script outside CDATA is ordinary text: `&lt;` is `<`.
  const code = options.image && open === 0 ? decodeEntities(spelled) : spelled;
  if (code.trim() === '') return;
  const start = options.map(from + open);
  const end = Math.max(start, options.map(from + open + spelled.length, true));
  // Only what a browser would not run is anything but script.
  const language = /json|importmap|speculationrules/.test(type)
    ? 'json'
    : /template|x-handlebars|mustache|text\/html/.test(type)
      ? 'html'
      : 'javascript';
  ctx.embed(language, code, end - start === code.length ? shifted(start, end) : collapsed(start, end), {
    role: 'html',
    note: 'script element',
    ...(options.stance ? { stance: options.stance } : {}),
  });
  if (options.image) ctx.fact(start, end, { kind: 'hide', how: 'active-content', text: code.trim().slice(0, 400) });
}

function readStyle(sheet: string, start: number, ctx: ReadContext, options: HtmlOptions): void {
  for (const found of sheet.matchAll(/(?:url\(|@import )[ \t]{0,4}["']?(https?:\/\/[^\s"')]{1,2000})/gi)) {
    const at = start + found.index + found[0].length - found[1]!.length;
    link(found[1]!, '', 'image', at, at + found[1]!.length, ctx, options);
  }
}

function link(url: string, text: string, form: LinkFact['form'], start: number, end: number, ctx: ReadContext, options: HtmlOptions): void {
  ctx.fact(options.map(start), options.map(end, true), {
    kind: 'link',
    url: urlValue(url),
    text,
    form,
    block: options.block,
    section: options.section,
    ...(options.stance ? { stance: options.stance } : {}),
  });
}

/** Attributes of one tag: handlers, addresses, text that a model reads. */
export function readTag(token: Extract<Token, { kind: 'open' }>, text: string, ctx: ReadContext, options: HtmlOptions): void {
  const { map } = options;
  const active = (start: number, end: number, what: string) => {
    if (options.image) ctx.fact(map(start), map(end, true), { kind: 'hide', how: 'active-content', text: what.slice(0, 400) });
  };
  if (activeElements.has(token.name) && token.name !== 'script' && !(token.name === 'animate' || token.name === 'set'))
    active(token.start, token.end, `<${token.name}>`);
  const code = (attribute: Attribute, body: string) => {
    ctx.embed('javascript', body, collapsed(map(attribute.start), map(attribute.end, true)), {
      role: 'html',
      note: `${attribute.name} of <${token.name}>`,
      ...(options.stance ? { stance: options.stance } : {}),
    });
    active(attribute.start, attribute.end, body);
  };
  for (const attribute of token.attributes) {
    ctx.step();
    const { name, value } = attribute;
    if (/^on[a-z]{3,30}$/.test(name) && value.trim() !== '') code(attribute, value);
    else if (
      addressAttributes.has(name) ||
      ((name === 'to' || name === 'from' || name === 'values') && (token.name === 'animate' || token.name === 'set'))
    )
      readAddress(attribute, token, text, ctx, options, code);
    else if (name === 'srcdoc')
      ctx.embed('html', value, collapsed(map(attribute.start), map(attribute.end, true)), { role: 'html', note: 'srcdoc of <iframe>' });
    else if (name === 'content' && token.name === 'meta' && /url\s{0,4}=/i.test(value))
      link(
        value.slice(value.search(/url\s{0,4}=/i)).replace(/^url\s{0,4}=\s{0,4}['"]?/i, ''),
        'refresh',
        'html',
        attribute.start,
        attribute.end,
        ctx,
        options,
      );
    else if (spokenAttributes.has(name) && /\p{L}{2}[^\p{L}]{1,20}\p{L}{2}/u.test(value)) {
      options.block++;
      embedProse(value, collapsed(map(attribute.start), map(attribute.end, true)), 'html', ctx, options);
      if ((name === 'alt' || name === 'title') && value.length >= 200)
        ctx.fact(map(attribute.start), map(attribute.end, true), { kind: 'hide', how: 'alt-text', text: value.slice(0, 400) });
    }
  }
}

function readAddress(
  attribute: Attribute,
  token: Extract<Token, { kind: 'open' }>,
  text: string,
  ctx: ReadContext,
  options: HtmlOptions,
  code: (attribute: Attribute, body: string) => void,
): void {
  const { map } = options;
  // Browsers drop controls and white space inside the scheme.
  const url = attribute.value.trim();
  const scheme = url
    .slice(0, 60)
    .replace(/[\x00-\x20]/g, '')
    .toLowerCase();
  if (scheme.startsWith('javascript:') || scheme.startsWith('vbscript:')) {
    code(attribute, url.slice(url.indexOf(':') + 1));
    return;
  }
  if (scheme.startsWith('data:')) {
    if (/^data:(?:text\/html|image\/svg|application\/(?:javascript|x-javascript|xhtml)|text\/javascript)/.test(scheme))
      readData(attribute, url, ctx, options);
    return;
  }
  if (url === '' || url.startsWith('#') || namespaces.test(url)) return;
  const image =
    token.name === 'img' ||
    token.name === 'image' ||
    token.name === 'feimage' ||
    token.name === 'use' ||
    token.name === 'source' ||
    addressAttributes.get(attribute.name) === 'image';
  const after = /^[^<]{0,200}/.exec(text.slice(token.end, token.end + 200))?.[0].trim() ?? '';
  const remote = /^(?:https?:)?\/\//i.test(url);
  link(url, token.name === 'a' ? after : '', image ? 'image' : 'html', attribute.start, attribute.end, ctx, options);
  if (options.image && remote && token.name !== 'a')
    ctx.fact(map(attribute.start), map(attribute.end, true), {
      kind: 'hide',
      how: 'active-content',
      text: `<${token.name}> loads ${url.slice(0, 300)}`,
    });
}

/** `data:` documents are documents: decoded and read. */
function readData(attribute: Attribute, url: string, ctx: ReadContext, options: HtmlOptions): void {
  const comma = url.indexOf(',');
  if (comma < 0) return;
  const head = url.slice(0, comma).toLowerCase();
  const body = url.slice(comma + 1);
  let decoded = body;
  try {
    decoded = head.includes(';base64') ? Buffer.from(body.replace(/\s+/g, ''), 'base64').toString('utf8') : decodeURIComponent(body);
  } catch {
    // Not valid percent-encoding: browsers take it as it stands, and so do we.
  }
  const at = collapsed(options.map(attribute.start), options.map(attribute.end, true));
  ctx.embed(head.includes('javascript') ? 'javascript' : 'html', decoded.slice(0, 1024 * 1024), at, {
    role: 'decoded',
    unwrapped: [head.includes(';base64') ? 'base64' : 'url'],
  });
}
