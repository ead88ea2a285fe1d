/** Small questions that several rules ask of facts. Pure; no rule logic here. */
import { addressOf, installerOf } from '../data/hosts.ts';
import { pathOf, SECRET_CLASSES } from '../data/paths.ts';
import { sharesName } from '../data/vendors.ts';
import type { ExecFact, Fact, Flow, InstructFact, ProseObjectClass, RequestFact, Role, VerbClass } from '../model.ts';
import { envNames, show, textOf } from '../value.ts';
import type { RuleContext } from './contract.ts';

export const isExec = (fact: Fact): fact is ExecFact => fact.kind === 'exec';
export const isRequest = (fact: Fact): fact is RequestFact => fact.kind === 'request';

/** Roles through which a request carries data out. */
export const OUTGOING: readonly Role[] = ['body', 'query', 'header', 'url', 'data', 'content', 'stdin', 'argv', 'value'];

/** Where a request goes, for people: host, or `an address known only at run time`. */
export function hostName(fact: Fact): string {
  if (fact.kind !== 'request' && fact.kind !== 'link') return 'somewhere';
  const address = addressOf(fact.url);
  return address.host || 'an address known only at run time';
}

/** True for addresses that stay on this machine. */
export const staysLocal = (fact: RequestFact): boolean => addressOf(fact.url).class === 'loopback';

export const installer = (fact: Fact): string | undefined => (fact.kind === 'request' ? installerOf(fact.url) : undefined);

/** A short name for what a source fact holds that nobody may send away; undefined if it is nothing secret. */
export function secretLabel(fact: Fact): string | undefined {
  switch (fact.kind) {
    case 'read': {
      const meaning = pathOf(fact.path);
      return SECRET_CLASSES.has(meaning.class) ? `${meaning.label} ${meaning.path}` : undefined;
    }
    case 'env':
      return textOf(fact.name) === '*' ? 'the whole environment' : undefined;
    case 'capture':
      return fact.what === 'process-list' ? undefined : `captured ${fact.what}`;
    default:
      return undefined;
  }
}

/** What a script in a web page keeps for that page: not the user's browser, as long as it stays with its own origin. */
export const pageState = (fact: Fact): boolean =>
  fact.kind === 'capture' && /^(?:document\.cookie|localStorage|sessionStorage|indexedDB)/.test(fact.tool);

export const codeFlows = (ctx: RuleContext, from: (fact: Fact) => boolean): readonly Flow[] =>
  ctx.flows.between(from, (fact) => isExec(fact) && fact.how !== 'import', ['code']);

export const has = (fact: InstructFact, ...classes: ProseObjectClass[]): boolean => fact.objects.some((object) => classes.includes(object.class));

/** Clauses that order something: not negated, not only described. */
export const ordered = (fact: InstructFact, ...verbs: VerbClass[]): boolean =>
  fact.polarity === 'do' && fact.modality !== 'describes' && (verbs.length === 0 || verbs.includes(fact.verb));

/** Clauses in which a skill says what it does ("the skill does not notify …", "… is not shown to the user"): no order, and yet what will happen. */
export const professed = (fact: InstructFact): boolean =>
  fact.polarity === 'do' && fact.modality === 'describes' && (fact.actor === 'agent' || fact.actor === 'unknown');

/** Clauses of the same file within `distance` blocks of each other. */
export const near = (
  a: { readonly at: Fact['at']; readonly block: number },
  b: { readonly at: Fact['at']; readonly block: number },
  distance: number,
): boolean => a.at.file === b.at.file && Math.abs(a.block - b.block) <= distance;

/** True for what stands in plain sight in a page: a fence or inline command, not decoded, hidden or run by the host. */
export function inPlainSight(ctx: RuleContext, fact: Fact): boolean {
  const units = ctx.around(fact);
  return (
    units.some((unit) => unit.role === 'fence' || unit.role === 'inline') &&
    !units.some((unit) => unit.role === 'hook' || unit.role === 'decoded' || unit.role === 'comment' || unit.role === 'html')
  );
}

/** The name the skill gives itself, or else the one it was fetched under. */
export const skillName = (ctx: RuleContext): string =>
  ctx.facts.all('declare').flatMap((fact) => (fact.what === 'name' ? [textOf(fact.value) ?? ''] : []))[0] ?? ctx.skill.origin.name;

/**
 * True if a file below a `credentials` folder is the store of one service, named by its folder or file, and that service is what the skill is for. The name alone proves
 * nothing (an attacker chooses it), so callers also look at where the content goes.
 */
export function ownStore(ctx: RuleContext, path: string): string | undefined {
  const service = /\/(?:credentials|secrets|auth)\/([A-Za-z0-9][A-Za-z0-9_.-]{1,60}?)(?:\.(?:json|ya?ml|toml|env|txt))?(?:\/|$)/.exec(path)?.[1];
  return service !== undefined && sharesName(skillName(ctx), `${service.replaceAll('.', '-')}.x`) ? service : undefined;
}

/** Names that every second skill carries and that say nothing about whose product it is. */
const COMMON = new Set(
  'agent agents skill skills tool tools helper assistant install installer setup update updater core openclaw clawdbot moltbot clawhub moltbook claude codex cursor gemini plugin server client manager'.split(
    ' ',
  ),
);

/**
 * The host (or, on a forge, the owner or repository) carries the name of the skill: `treeline` and `treeline.example`. Both names are the author's choice, so this only
 * separates "a vendor's own service" from "somewhere else"; it never makes anything pass.
 */
export function ownHost(ctx: RuleContext, request: RequestFact): boolean {
  const address = addressOf(request.url);
  const forge = address.class === 'code-host' || address.class === 'raw-code';
  const places = (forge ? address.path.split('/').slice(1, 3) : [address.domain.split('.')[0] ?? '']).map(plain).filter((name) => name.length > 3);
  const name = skillName(ctx).toLowerCase();
  const words = name.split(/[^a-z0-9]{1,9}/).filter((word) => word.length > 3 && !COMMON.has(word));
  if (plain(name).length > 3 && !COMMON.has(plain(name))) words.push(plain(name));
  return places.some((place) =>
    words.some(
      (word) => place === word || (word.length > 4 && place.includes(word)) || (place.length > 4 && !COMMON.has(place) && word.includes(place)),
    ),
  );
}

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The address comes out of the very file whose content is sent: the operator wrote both down, `url` beside `token`. */
export const addressFromSame = (ctx: RuleContext, source: Fact, request: RequestFact): boolean =>
  addressOf(request.url).host === '' && ctx.flows.outOf(source).some((flow) => flow.to.id === request.id && flow.role === 'url');

/** The operator's configuration says where the request goes: `$PAPERLESS_URL/api`. */
export const addressFromEnv = (request: RequestFact): boolean => addressOf(request.url).host === '' && envNames(request.url).length > 0;

export const quoted = (text: string): string => {
  const flat = text.replace(/\s+/g, ' ').trim();
  return `“${flat.length > 90 ? `${flat.slice(0, 89)}…` : flat}”`;
};

export { addressOf, pathOf, show, textOf };
