/** SOC-002: fake prerequisites. See fake-prerequisite.md. */

import type { InstructFact, LinkFact, Value } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { artefact, knownPlace, opaquePlace } from '../lure.ts';
import { addressOf, has, isRequest, near, quoted, textOf } from '../shared.ts';

const DEMANDS =
  /\b(?:require[sd]?|must|need(?:s|ed)?|mandatory|necessary|before|without|first|won'?t work|will not (?:work|function)|to (?:function|work|operate)|prerequisite|essential|depends? on|ensure|make sure)\b/i;

/** Words of the skill's own name, home and author that a related place would carry. */
function relations(texts: readonly string[]): string[] {
  const words = texts.flatMap((text) => {
    const host = /^https?:/.test(text) ? addressOf({ kind: 'known', text }) : undefined;
    if (host === undefined) return [];
    return host.class === 'code-host' ? [host.path.split('/')[1] ?? ''] : [host.domain];
  });
  return words.map((word) => word.toLowerCase()).filter((word) => word.length >= 4);
}

export default rule({
  id: 'SOC-002',
  slug: 'fake-prerequisite',
  title: 'Unrelated download demanded before the skill works',
  family: 'SOC',
  severity: 'high',
  gate: 'block',
  confidence: 2,
  fix: 'Depend on a package from a registry, with its name and version; drop what the skill does not need.',
  maps: { owasp: ['ASI09', 'AST02', 'LLM03'], atlas: ['AML.T0011.002'], attack: ['T1204.002'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const clauses = ctx.facts.of('instruct').filter((fact) => fact.polarity === 'do' && fact.actor !== 'other');
    const own = relations(
      ctx.facts.all('declare').flatMap((fact) => (['homepage', 'name', 'author'].includes(fact.what) ? [textOf(fact.value) ?? ''] : [])),
    );
    const links = ctx.facts.of('link').filter((fact) => fact.form !== 'image');
    const places: { readonly at: LinkFact | InstructFact; readonly url: Value }[] = [
      ...links.map((link) => ({ at: link, url: link.url })),
      ...clauses.flatMap((fact) =>
        fact.destination !== undefined && /^(?:download|install|open|run|unlock|require)$/.test(fact.verb)
          ? [{ at: fact, url: fact.destination }]
          : [],
      ),
    ];
    const seen = new Set<string>();
    for (const { at, url } of places) {
      const address = addressOf(url);
      const direct = artefact(url);
      const opaque = opaquePlace(url);
      const release = /\/releases(?:\/|$)/.test(address.path) && address.class === 'code-host';
      if (!(direct || opaque || release) || (knownPlace(url) && !opaque) || address.class === 'loopback' || address.class === 'private') continue;
      const around = clauses.filter((fact) => near(fact, at, 3));
      const unlock = around.find((fact) => fact.verb === 'unlock' && has(fact, 'password'));
      const run = around.find(
        (fact) =>
          (fact.verb === 'run' || fact.verb === 'install' || fact.verb === 'open') &&
          has(fact, 'executable', 'archive') &&
          fact.modality !== 'describes',
      );
      const require = clauses.find(
        (fact) =>
          fact.verb === 'require' &&
          near(fact, at, 4) &&
          has(fact, 'tool', 'executable', 'archive', 'package', 'link') &&
          DEMANDS.test(`${fact.clause} ${fact.condition ?? ''}`),
      );
      const download = around.find(
        (fact) =>
          fact.verb === 'download' && near(fact, at, 1) && has(fact, 'archive', 'executable', 'link', 'tool') && fact.modality !== 'describes',
      );
      const related = own.some((word) => `${address.host}${address.path.split('/').slice(0, 3).join('/')}`.toLowerCase().includes(word));
      const evidence = unlock ?? run ?? require ?? download;
      if (evidence === undefined) continue;
      const key = `${address.host}${address.path}`;
      if (seen.has(key)) continue;
      const says = `demands ${direct ? 'an opaque download' : 'something'} from ${address.host} before it works: ${quoted(evidence.clause)}`;
      const facts: Draft['facts'] = evidence === at ? [at] : [evidence, at];
      if (unlock !== undefined && (direct || release || opaque)) drafts.push({ says, facts, severity: 'critical', confidence: 3, evidence: key });
      else if ((direct || opaque) && require !== undefined && (run !== undefined || download !== undefined || direct))
        drafts.push({ says, facts, ...(related ? { gate: 'review' as const } : {}), evidence: key });
      else if ((direct || opaque) && run !== undefined && download !== undefined)
        drafts.push({ says, facts, gate: 'review', ...(related ? { confidence: 1 as const } : {}), evidence: key });
      else if (opaque && download !== undefined) drafts.push({ says, facts, gate: 'review', evidence: key });
      else if (release && require !== undefined && run !== undefined)
        drafts.push({ says, facts, gate: 'review', confidence: related ? 1 : 2, evidence: key });
      else continue;
      seen.add(key);
    }
    // A command that fetches and runs code, presented as what must be done before the skill works.
    for (const flow of ctx.flows.between(isRequest, (fact) => fact.kind === 'exec' && fact.how !== 'import', ['code'])) {
      if (!isRequest(flow.from) || knownPlace(flow.from.url) || ctx.stance(flow.to) === 'mention') continue;
      const { at } = flow.to;
      const demand = clauses.find(
        (fact) =>
          fact.verb === 'require' &&
          fact.at.file === at.file &&
          Math.abs(fact.at.start - at.start) < 700 &&
          DEMANDS.test(`${fact.clause} ${fact.condition ?? ''}`),
      );
      if (demand !== undefined)
        drafts.push({
          says: `demands that code from ${addressOf(flow.from.url).host || 'the network'} is run before it works: ${quoted(demand.clause)}`,
          facts: [demand, flow.to],
        });
    }
    return drafts;
  },
});
