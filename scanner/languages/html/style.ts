/**
 * Whether an element is kept from the eye: by attribute, by inline style, by a collapsed `<details>`. Only what one element says of itself; style sheets are
 * read for classes that hide, by {@link hidingClasses}. Stops instructions that a person never sees and a model reads.
 */
import type { Attribute } from './tokens.ts';

export type Hiding = 'collapsed' | 'invisible-style' | 'off-screen';

const compact = (style: string): string =>
  style
    .toLowerCase()
    .replace(/\/\*[^*]{0,200}\*\//g, '')
    .replace(/\s+/g, '')
    .replaceAll('!important', '');

/**
 * How a style keeps content from the eye.
 * @param onWhite the page is known to be white where nothing else is said (rendered Markdown)
 */
export function styleHides(style: string, onWhite = false): Hiding | undefined {
  const css = compact(style.slice(0, 4000));
  const rules = new Map(css.split(';').map((rule) => [rule.slice(0, rule.indexOf(':')), rule.slice(rule.indexOf(':') + 1)] as const));
  if (rules.get('display') === 'none' || rules.get('visibility') === 'hidden' || rules.get('visibility') === 'collapse') return 'invisible-style';
  const small = (name: string, most: number): boolean => {
    const value = rules.get(name);
    return value !== undefined && /^-?(?:\d|\.)/.test(value) && Number.parseFloat(value) <= most;
  };
  const unitSmall = (name: string): boolean => small(name, 1) && !/(?:em|rem|%)$/.test(rules.get(name)!);
  if (unitSmall('font-size') || small('font-size', 0.1) || small('opacity', 0.05)) return 'invisible-style';
  const clipped = /hidden|clip/.test(rules.get('overflow') ?? '');
  if (clipped && (small('height', 1) || small('width', 1) || small('max-height', 1)) && !/%|em/.test(rules.get('height') ?? rules.get('width') ?? ''))
    return 'invisible-style';
  const colour = rules.get('color');
  const ground = rules.get('background-color') ?? rules.get('background');
  if (colour !== undefined) {
    if (/^(?:transparent|rgba\([^)]{0,40},0(?:\.0{1,4}\d?)?\)|#[0-9a-f]{6}00|#[0-9a-f]{3}0)$/.test(colour)) return 'invisible-style';
    if (ground !== undefined && canonical(colour) === canonical(ground)) return 'invisible-style';
    if (onWhite && ground === undefined && canonical(colour) === '#ffffff') return 'invisible-style';
  }
  const far = (name: string): boolean => {
    const value = rules.get(name);
    return value !== undefined && Math.abs(Number.parseFloat(value)) >= 999 && /^-/.test(value);
  };
  if (far('left') || far('top') || far('right') || far('bottom') || far('text-indent') || far('margin-left') || far('margin-top'))
    return 'off-screen';
  if (/^(?:inset\((?:50|100)%\)|rect\((?:0|0px|1px)[,)])/.test(rules.get('clip-path') ?? rules.get('clip') ?? '')) return 'off-screen';
  if (/translate[xy]?\(-\d{4,}/.test(rules.get('transform') ?? '') || /^scale\(0(?:\.0\d{0,3})?\)/.test(rules.get('transform') ?? ''))
    return 'off-screen';
  return undefined;
}

function canonical(colour: string): string {
  if (colour === 'white' || colour === '#fff' || colour === 'rgb(255,255,255)') return '#ffffff';
  if (colour === 'black' || colour === '#000' || colour === 'rgb(0,0,0)') return '#000000';
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/.exec(colour);
  return short === null ? colour : `#${short[1]}${short[1]}${short[2]}${short[2]}${short[3]}${short[3]}`;
}

/**
 * How an opening tag hides what it contains.
 * @param classes those a style sheet of the same document hides; none for Markdown, which is shown on a plain page
 */
export function elementHides(name: string, attributes: readonly Attribute[], classes?: ReadonlyMap<string, Hiding>): Hiding | undefined {
  if (name === 'details') return attributes.some((attribute) => attribute.name === 'open') ? undefined : 'collapsed';
  const onWhite = classes === undefined;
  for (const attribute of attributes) {
    if (attribute.name === 'hidden') return 'invisible-style';
    if (attribute.name === 'style') {
      const how = styleHides(attribute.value, onWhite);
      if (how !== undefined) return how;
    }
    if (onWhite && name === 'font' && attribute.name === 'color' && /^(?:white|#fff(?:fff)?|transparent)$/i.test(attribute.value))
      return 'invisible-style';
    if (attribute.name === 'font-size' && /^0(?:px|pt)?$/.test(attribute.value.trim())) return 'invisible-style';
    if (attribute.name === 'display' && attribute.value.trim() === 'none') return 'invisible-style';
    if (attribute.name === 'visibility' && attribute.value.trim() === 'hidden') return 'invisible-style';
    if ((attribute.name === 'opacity' || attribute.name === 'fill-opacity') && /^0(?:\.0{1,4})?$/.test(attribute.value.trim()))
      return 'invisible-style';
    if (attribute.name === 'class' && classes !== undefined) {
      for (const word of attribute.value.split(/\s+/).slice(0, 50)) {
        const how = classes.get(word);
        if (how !== undefined) return how;
      }
    }
  }
  return undefined;
}

/** Class names that a style sheet hides. One level of rules is enough: `.x { display: none }`. */
export function hidingClasses(sheet: string): Map<string, Hiding> {
  const found = new Map<string, Hiding>();
  for (let at = 0; at < sheet.length && found.size < 200; ) {
    const open = sheet.indexOf('{', at);
    if (open < 0) break;
    const close = sheet.indexOf('}', open);
    const end = close < 0 ? sheet.length : close;
    const how = styleHides(sheet.slice(open + 1, end));
    if (how !== undefined)
      for (const name of sheet.slice(Math.max(at, open - 400), open).matchAll(/\.([A-Za-z_][\w-]{0,80})/g)) found.set(name[1]!, how);
    at = end + 1;
  }
  return found;
}
