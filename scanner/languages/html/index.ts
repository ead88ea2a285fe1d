/** HTML, SVG and XML files: markup, script, addresses and the text a model would read. See read.ts. Refuses more than `limits.textBytes`. */
import { limits } from '../../limits.ts';
import type { Language } from '../contract.ts';
import { readHtml } from './read.ts';

const html: Language = {
  id: 'html',
  read(text, ctx) {
    if (text.length > limits.textBytes) {
      ctx.opaque(0, text.length, 'limit', `markup of ${text.length} characters`);
      return;
    }
    const image = /\.svgz?$/i.test(ctx.file.path) || /^\s{0,200}(?:<\?xml[^>]{0,200}>|<!--[^>]{0,400}>|<!DOCTYPE[^>]{0,400}>|\s){0,6}<svg[\s>]/i.test(text.slice(0, 2000));
    readHtml(text, ctx, { block: 0, section: [], image, map: (offset) => offset });
  },
};
export default html;
