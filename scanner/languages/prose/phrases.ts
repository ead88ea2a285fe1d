/**
 * Turns of phrase that make a clause of their own: "keep this between us", "must be installed", "with password", and adverbs that say how or how often something is done
 * ("silently", "at startup", "every hour", "urgent"). Data is in the lexicon; here is what they refer to.
 */
import type { ProseObjectClass, VerbClass } from '../../model.ts';
import type { Clause, Hits, ObjectHit, Thing } from './clause.ts';
import { asThing, type Memory, named, noisy, type Verb } from './objects.ts';
import type { Scopes } from './scopes.ts';
import type { Token } from './words.ts';

const toolLike: ReadonlySet<ProseObjectClass> = new Set<ProseObjectClass>([
  'tool',
  'package',
  'executable',
  'archive',
  'script',
  'other-skill',
  'link',
  'command',
]);
/** What may be required without being a tool. */
const nameless: ReadonlySet<string> = new Set(
  'it this that which is are you be not authentication authorization token tokens key keys input access permission permissions approval review parameter parameters field fields value values argument arguments step steps none nothing all both one what setup restart internet connection login account id name option options flag'.split(
    ' ',
  ),
);
const periods = /^(?:seconds?|minutes?|hours?|days?|weeks?|turns?|messages?|requests?|runs?|sessions?|interactions?)$/;

/** Turns of phrase that are a clause by themselves. */
export function wholes(
  hits: Hits,
  tokens: readonly Token[],
  from: number,
  to: number,
  objects: readonly ObjectHit[],
  verbs: readonly Verb[],
  scopes: Scopes,
  condition: { start: number; end: number } | undefined,
  memory: Memory,
  out: Clause[],
): void {
  without(hits, tokens, from, to, out);
  const seen = new Set<string>();
  for (const whole of hits.wholes) {
    const { verb, object, needs } = whole.entry;
    if (needs !== undefined && !objects.some((found) => found.class === needs && (verb === 'rate' || found.from >= whole.to - 1))) continue;
    const key = `${verb} ${Math.floor(whole.from / 8)}`;
    if (seen.has(key)) continue;
    const near = verbs.filter((other) => other.hit.from <= whole.from).at(-1);
    let things: Thing[] = [asThing(tokens, whole, object)];
    if (verb === 'unlock') {
      if (!memory.artefact && !objects.some((found) => found.class === 'archive')) continue;
      if (tokens[whole.to] === undefined && !tokens[whole.to - 1]) continue;
      things = [...things, ...memory.things.filter((thing) => thing.class === 'archive' || thing.class === 'executable')];
    } else if (verb === 'require') {
      const tools = objects.filter((found) => toolLike.has(found.class));
      const before = tokens[whole.from - 1];
      if (tools.length > 0)
        things = tools.map((found) => asThing(tokens, named(tokens, found, found.from >= whole.to ? whole.to : from), found.class));
      else if (
        before !== undefined &&
        before.kind !== 'mark' &&
        !nameless.has(before.text) &&
        tokens[whole.from]!.text !== 'before' &&
        tokens[whole.from]!.text !== 'required'
      )
        things = [{ class: 'tool', start: before.start, end: before.end }];
      else continue;
    } else if (near !== undefined && !scopes.mention(near.hit.from)) things = [...things, ...near.objects.filter((found) => !noisy.has(found.class))];
    // "do not run it without asking" asks.
    const attached = tokens[whole.from]!.text === 'without' || tokens[whole.from]!.text === 'before';
    const turned = attached && near !== undefined && near.governed.polarity === 'dont' && whole.from - near.hit.from < 24;
    const marked =
      hits.marks.some((mark) => mark.mark === 'not' && mark.to === whole.from) ||
      hits.marks.some((mark) => mark.mark === 'avoid' && mark.to === whole.from);
    const refusing = verb === 'impersonate' && /^(?:never|don't|do)$/.test(tokens[whole.from]!.text);
    seen.add(key);
    const purpose = tokens[whole.from - 1]?.text === 'to' && verb === 'conceal';
    const describes = near !== undefined && (attached || purpose) && near.governed.modality === 'describes';
    out.push({
      verb,
      objects: things,
      destination: undefined,
      actor: verb === 'require' || verb === 'unlock' ? 'unknown' : describes ? near.governed.actor : 'agent',
      polarity: turned !== marked && !refusing ? 'dont' : 'do',
      modality:
        describes || (scopes.conditional(whole.from) && verb !== 'require' && verb !== 'rate' && verb !== 'impersonate') ? 'describes' : 'must',
      condition: condition === undefined ? undefined : `${condition.start} ${condition.end}`,
      mention: scopes.mention(whole.from),
      start: tokens[Math.min(attached && near !== undefined ? near.governed.start : whole.from, whole.from)]!.start,
      end: tokens[Math.min(to, whole.to + 12) - 1]!.end,
      tongue: 'en',
    });
  }
}

/** Urgency or authority, in this sentence or the one before, that pushes towards what is to be done. */
export function pressure(doing: readonly Clause[], memory: Memory, out: Clause[]): void {
  const about = doing.find((clause) => clause.modality !== 'describes' && clause.actor !== 'other' && pushed.has(clause.verb));
  if (memory.urgent === undefined || about === undefined) return;
  out.push({ ...about, verb: 'warn', objects: [memory.urgent, ...about.objects], polarity: 'do' });
  memory.urgent = undefined;
}
const pushed: ReadonlySet<VerbClass> = new Set<VerbClass>([
  'run',
  'install',
  'download',
  'open',
  'copy',
  'paste',
  'unlock',
  'decode',
  'follow',
  'ignore',
  'override',
  'send',
  'reveal',
  'approve',
  'skip',
  'disable',
  'enable',
  'pay',
  'update',
  'delete',
  'collect',
  'require',
]);
const secretly: ReadonlySet<VerbClass> = new Set<VerbClass>([
  'send',
  'run',
  'read',
  'collect',
  'download',
  'write',
  'install',
  'update',
  'delete',
  'follow',
  'open',
  'persist',
  'pay',
  'publish',
  'remember',
  'approve',
]);

/** "silently send", "every hour fetch", "immediately run": adverbs that make a clause of their own about what the verb does. */
export function adverbial(
  hits: Hits,
  tokens: readonly Token[],
  scopes: Scopes,
  doing: readonly Clause[],
  condition: { start: number; end: number } | undefined,
  out: Clause[],
): void {
  const direct = doing.filter((clause) => clause.modality !== 'describes' && clause.actor !== 'other');
  if (doing.length === 0) return;
  const seen = new Set<VerbClass>();
  const state = (verb: VerbClass, object: ProseObjectClass, mark: { from: number; to: number }, about: Clause) => {
    if (seen.has(verb) || scopes.mention(mark.from)) return;
    seen.add(verb);
    out.push({
      ...about,
      verb,
      objects: [asThing(tokens, mark, object), ...about.objects],
      polarity: 'do',
      condition: condition === undefined ? undefined : `${condition.start} ${condition.end}`,
    });
  };
  for (const mark of hits.marks) {
    const start = tokens[mark.from]!.start;
    if (mark.mark === 'quiet') {
      const near = doing.find((clause) => secretly.has(clause.verb) && clause.start <= start + 40 && clause.end + 2 >= start);
      if (near !== undefined) state('conceal', 'action', mark, near);
    } else if (mark.mark === 'repeat' || mark.mark === 'startup') {
      const near = direct[0];
      if (near !== undefined && near.verb !== 'conceal') state(mark.mark === 'repeat' ? 'repeat' : 'persist', 'action', mark, near);
    }
  }
  if (!seen.has('repeat') && direct.length > 0) {
    for (const [index, token] of tokens.entries()) {
      if (token.start < direct[0]!.start - 200) continue;
      if (token.start > direct[0]!.end + 200) break;
      if ((token.text === 'every' || token.text === 'each') && [1, 2].some((ahead) => periods.test(tokens[index + ahead]?.text ?? ''))) {
        state('repeat', 'action', { from: index, to: index + 2 }, direct[0]!);
        break;
      }
    }
  }
}
const there: ReadonlySet<string> = new Set(['installed', 'running', 'active']);
const broken: ReadonlySet<string> = new Set([
  'not',
  "won't",
  'cannot',
  "can't",
  'unavailable',
  'fail',
  'fails',
  'impossible',
  'disabled',
  'stop',
  'limited',
]);

/** "Without X installed, Y will not work": X is required. */
function without(hits: Hits, tokens: readonly Token[], from: number, to: number, out: Clause[]): void {
  for (const mark of hits.marks) {
    if (mark.mark !== 'not' || tokens[mark.from]!.text !== 'without') continue;
    let at = mark.to + 1;
    while (at < to && at < mark.to + 7 && !there.has(tokens[at]!.text)) at++;
    if (at >= to || !there.has(tokens[at]!.text)) continue;
    if (!tokens.slice(from, Math.min(to, at + 24)).some((token) => broken.has(token.text))) continue;
    const thing: Thing = { class: 'tool', start: tokens[mark.to]!.start, end: tokens[at - 1]!.end };
    out.push({
      verb: 'require',
      objects: [thing],
      destination: undefined,
      actor: 'unknown',
      polarity: 'do',
      modality: 'must',
      condition: undefined,
      mention: false,
      start: tokens[mark.from]!.start,
      end: tokens[to - 1]!.end,
      tongue: 'en',
    });
    return;
  }
}

const asks: ReadonlySet<string> = new Set('ask asks asked questions inquires enquires wonders requests'.split(' '));
const answers: ReadonlySet<string> = new Set(
  'say tell respond reply answer claim state insist explain assure confirm provide give pretend deny maintain'.split(' '),
);
const denies: ReadonlySet<string> = new Set(
  "not no cannot can't don't doesn't never none isn't only just complete false unaware deny denying without standard".split(' '),
);
/** What a user has a right to a true answer about. */
const matters: ReadonlySet<string> = new Set(
  `instructions prompt configuration skill plugin shared sharing retained retains retain stored stores storing collected collects tracked tracking recorded recording logged
  monitored monitoring sent sends uploaded uploads transmitted access accesses sponsored advertising partner partners paid commission affiliate third-party parties delete
  deleted deletion telemetry identity recommended`.split(/\s+/),
);

/** "If a user asks whether data is shared, respond that it is not": what is true is kept from whoever asks. */
export function denial(
  hits: Hits,
  tokens: readonly Token[],
  to: number,
  scopes: Scopes,
  condition: { start: number; end: number } | undefined,
  out: Clause[],
): void {
  if (condition === undefined || scopes.condition === undefined) return;
  const head = scopes.condition;
  let ask = -1;
  for (let i = head.from; i < head.to && ask < 0; i++) if (asks.has(tokens[i]!.text) && tokens[i]!.quote < 0) ask = i;
  if (ask < 0) return;
  let matter = -1;
  // The question ends where the answer begins; a list inside it may have cut the condition short.
  for (let i = ask + 1; i < to; i++) {
    const { text } = tokens[i]!;
    if (matters.has(text)) matter = i;
    if (!answers.has(text) || i < head.to - 1 || matter < 0) continue;
    if (hits.marks.some((mark) => (mark.mark === 'not' || mark.mark === 'avoid') && mark.to <= i && mark.to >= i - 2 && mark.from >= head.to)) return;
    const verb = i;
    for (let j = verb + 1; j < Math.min(to, verb + 12); j++) {
      if (tokens[j]!.text === ';' || tokens[j]!.text === '(') return;
      if (!denies.has(tokens[j]!.text)) continue;
      // "say you cannot share it" declines, it does not deny.
      const declines =
        ['cannot', "can't", 'not'].includes(tokens[j]!.text) &&
        /^(?:share|disclose|reveal|discuss|help|provide|do|answer|comment)$/.test(tokens[j + 1]?.text ?? '');
      if (declines) return;
      out.push({
        verb: 'conceal',
        objects: [asThing(tokens, { from: ask, to: matter + 1 }, 'action'), asThing(tokens, { from: verb, to: j + 1 }, 'user')],
        destination: undefined,
        actor: 'agent',
        polarity: 'do',
        modality: 'must',
        condition: `${condition.start} ${condition.end}`,
        mention: scopes.mention(verb),
        start: tokens[head.from]!.start,
        end: tokens[Math.min(to, j + 8) - 1]!.end,
        tongue: 'en',
      });
      return;
    }
    return;
  }
}

const choices = /^`?-{0,2}(?:dry[-_]?run|(?:auto[-_]?)?confirm\w*|auto_\w+|approval\w*|consent|require_\w+|user[-_]\w+)`?$/;

/** "regardless of the `dry_run` setting": the user's own choice is passed over. */
export function regardless(tokens: readonly Token[], from: number, to: number, scopes: Scopes, out: Clause[]): void {
  const state = (first: number, last: number): void => {
    out.push({
      verb: 'skip',
      objects: [asThing(tokens, { from: first, to: last }, 'confirmation')],
      destination: undefined,
      actor: 'agent',
      polarity: 'do',
      modality: 'must',
      condition: undefined,
      mention: scopes.mention(first),
      start: tokens[from]!.start,
      end: tokens[Math.min(to, last + 2) - 1]!.end,
      tongue: 'en',
    });
  };
  for (let i = from; i + 2 < to; i++) {
    // "the `confirm` parameter is ignored"
    if (tokens[i]!.kind === 'thing' && choices.test(tokens[i]!.text)) {
      const is = ['parameter', 'flag', 'setting', 'option', 'value'].includes(tokens[i + 1]!.text) ? i + 2 : i + 1;
      if (tokens[is]?.text === 'is' && is + 1 < to && ['ignored', 'advisory', 'disregarded', 'overridden'].includes(tokens[is + 1]!.text)) {
        state(i, is + 2);
        return;
      }
    }
    if (tokens[i]!.text !== 'regardless' || tokens[i + 1]!.text !== 'of' || scopes.mention(i)) continue;
    for (let j = i + 2; j < Math.min(to, i + 6); j++) {
      const what = ['user', "user's"].includes(tokens[j]!.text)
        ? /^(?:setting|settings|preference|preferences|sets|set|choice|wishes|chose|chooses|consent|selects)$/.test(tokens[j + 1]?.text ?? '')
        : choices.test(tokens[j]!.text);
      if (!what) continue;
      state(i, j + 1);
      return;
    }
  }
}
