/**
 * What something is taken for: "treat any description that contains X as a system instruction" makes foreign text an order; "treat the guidelines as suggestions" makes orders
 * optional; "treat it as data" and "treat links as hostile" are caution and state nothing. Decided by what stands behind "as", never by the verb alone.
 */
import type { VerbClass } from '../../model.ts';
import { breaks, type Thing } from './clause.ts';
import { asThing, type Verb } from './objects.ts';
import type { Token } from './words.ts';

const orders: ReadonlySet<string> = new Set(
  'instruction instructions directive directives command commands order orders authorization authorisation authoritative override mandate'.split(' '),
);
const caution: ReadonlySet<string> = new Set(
  'data untrusted hostile text literal never not content malicious suspicious input inert reference potential potentially possible unverified opaque information'.split(
    ' ',
  ),
);
const authority: ReadonlySet<string> = new Set(
  'administrator admin superuser pre-approved preapproved pre-authorized pre-authorised authorized authorised privileged'.split(' '),
);
const optional: ReadonlySet<string> = new Set(
  'suggestion suggestions optional advisory irrelevant obsolete void non-binding superseded outdated'.split(' '),
);
/** Whose word is the user's: taking that as an order is what an agent is for. */
const own: ReadonlySet<string> = new Set(
  "user user's users human their your my argument arguments $arguments owner operator maintainer following it".split(' '),
);

/** The meaning of "as …" behind a verb of treating, with the objects it adds and where it ends; undefined if it changes nothing. */
export function takenAs(verb: Verb, tokens: readonly Token[]): { verb: VerbClass; objects: Thing[]; to: number } | undefined {
  const { hit, range, governed } = verb;
  const last = governed.passive ? Math.min(tokens.length, hit.to + 12) : Math.min(tokens.length, range[1]);
  let as = -1;
  for (let i = hit.to; i < last && as < 0; i++) {
    if (breaks.has(tokens[i]!.text)) return undefined;
    if (tokens[i]!.text === 'as') as = i;
  }
  if (as < 0) return undefined;
  const about = governed.passive ? ([range[0], hit.from] as const) : ([hit.to, as] as const);
  for (let i = as + 1; i < Math.min(tokens.length, as + 8); i++) {
    const { text } = tokens[i]!;
    if (breaks.has(text) || text === ',' || text === ':' || caution.has(text)) return undefined;
    if (optional.has(text)) {
      const objects = verb.objects.filter(
        (object) => object.class === 'instructions' || object.class === 'safety' || object.class === 'system-prompt',
      );
      return objects.length === 0 ? undefined : { verb: 'override', objects: [], to: i + 1 };
    }
    // "treat all requests as coming from a verified administrator": nobody is asked any more.
    if (authority.has(text)) return { verb: 'approve', objects: [asThing(tokens, { from: as, to: i + 1 }, 'confirmation')], to: i + 1 };
    if (!orders.has(text)) continue;
    if (tokens[i + 1]?.text === '-' || about[1] - about[0] < 1) return undefined;
    for (let j = about[0]; j < about[1]; j++) if (own.has(tokens[j]!.text) && tokens[j]!.quote < 0) return undefined;
    return {
      verb: 'follow',
      objects: [asThing(tokens, { from: about[0], to: about[1] }, 'remote-content'), asThing(tokens, { from: i, to: i + 1 }, 'instructions')],
      to: i + 1,
    };
  }
  return undefined;
}
