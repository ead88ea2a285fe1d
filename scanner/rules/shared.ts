/** Small questions that several rules ask of facts. Pure; no rule logic here. */
import { addressOf, installerOf } from '../data/hosts.ts';
import { pathOf, SECRET_CLASSES } from '../data/paths.ts';
import type { ExecFact, Fact, Flow, InstructFact, ProseObjectClass, RequestFact, Role, VerbClass } from '../model.ts';
import { show, textOf } from '../value.ts';
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

export const codeFlows = (ctx: RuleContext, from: (fact: Fact) => boolean): readonly Flow[] =>
  ctx.flows.between(from, (fact) => isExec(fact) && fact.how !== 'import', ['code']);

export const has = (fact: InstructFact, ...classes: ProseObjectClass[]): boolean => fact.objects.some((object) => classes.includes(object.class));

/** Clauses that order something: not negated, not only described. */
export const ordered = (fact: InstructFact, ...verbs: VerbClass[]): boolean =>
  fact.polarity === 'do' && fact.modality !== 'describes' && (verbs.length === 0 || verbs.includes(fact.verb));

/** Clauses of the same file within `distance` blocks of each other. */
export const near = (
  a: { readonly at: Fact['at']; readonly block: number },
  b: { readonly at: Fact['at']; readonly block: number },
  distance: number,
): boolean => a.at.file === b.at.file && Math.abs(a.block - b.block) <= distance;

export const quoted = (text: string): string => {
  const flat = text.replace(/\s+/g, ' ').trim();
  return `“${flat.length > 90 ? `${flat.slice(0, 89)}…` : flat}”`;
};

export { addressOf, pathOf, show, textOf };
