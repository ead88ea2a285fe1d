/** The one template of all pages: whatever is put in is escaped, unless it is markup made here. Values of attributes stand in double quotes, always. */
import { escapeHtml } from '../../scanner/report/escape.ts';

export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export type Part = Markup | string | number | false | null | undefined | readonly Part[];

const write = (part: Part): string => {
  if (part === false || part === null || part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return part.map(write).join('');
};

export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(strings.reduce((text, piece, index) => text + write(parts[index - 1]) + piece));
