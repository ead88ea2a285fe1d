/** HTML, SVG and XML files: markup, script, addresses and the text a model would read. See read.ts. Refuses more than `limits.textBytes`. */
import { limits } from '../../limits.ts';
import type { Language } from '../contract.ts';
import { readHtml } from './read.ts';
import { tokens } from './tokens.ts';

/** Name of the first element. */
function rootOf(text: string): string | undefined {
  for (const token of tokens(text, 0, Math.min(text.length, 4000))) if (token.kind === 'open') return token.name;
  return undefined;
}

const html: Language = {
  id: 'html',
  read(text, ctx) {
    if (text.length > limits.textBytes) {
      ctx.opaque(0, text.length, 'limit', `markup of ${text.length} characters`);
      return;
    }
    const image = /\.svgz?$/i.test(ctx.file.path) || rootOf(text) === 'svg';
    readHtml(text, ctx, { block: 0, section: [], image, map: (offset) => offset });
  },
};
export default html;
