/** The second pass over every text file, whatever its language: what hides in any text (hidden.ts) and live-looking credentials. */
import type { Language } from '../contract.ts';
import { readHidden } from '../hidden.ts';

const surface: Language = { id: 'surface', read: (text, ctx) => readHidden(text, ctx) };
export default surface;
