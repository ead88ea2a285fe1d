/** SOC-002: fake prerequisites. See fake-prerequisite.md. */

import type { InstructFact, LinkFact, Value } from '../../model.ts';
import { type Draft, type RuleContext, rule } from '../contract.ts';
import { artefact, authored, knownPlace, opaquePlace, program } from '../lure.ts';
import { addressOf, has, isRequest, near, ordered, quoted, textOf } from '../shared.ts';

const DEMANDS =
  /\b(?:require[sd]?|must|need(?:s|ed)?|mandatory|necessary|before|without|first|won'?t work|will not (?:work|function)|to (?:function|work|operate)|prerequisites?|essential|depends? on|ensure|make sure|has to be|have to be|until|not (?:bundled|included|shipped)|missing|lack)\b/i;
/** Without it nothing goes: stronger than "you need". */
const STRONG =
  /\b(?:require[sd]?|must|mandatory|prerequisites?|depends? on|before (?:using|you|first)|won'?t work|will not (?:work|function)|until|cannot (?:work|function))\b/i;
const GETS = new Set(['download', 'install', 'open', 'run']);
/** Parts of addresses that name nobody. */
const GENERIC =
  /^(?:www|get|download|downloads|dl|cdn|install|setup|app|apps|docs|api|com|org|net|io|dev|ai|the|for|and|skill|skills|agent|agents|tool|tools|helper|official|github|page|site|example|invalid)$/;

/** Words of the skill's own name, home and author that a related place would carry. */
function relations(texts: readonly string[]): string[] {
  const words = texts.flatMap((text) => {
    const host = /^https?:/.test(text) ? addressOf({ kind: 'known', text }) : undefined;
    if (host === undefined) return [];
    return host.class === 'code-host' ? [host.path.split('/')[1] ?? ''] : [host.domain];
  });
  return words.map((word) => word.toLowerCase()).filter((word) => word.length >= 4);
}

const pieces = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length >= 3 && !GENERIC.test(word));

/** What the skill works with: its name, the programs it starts, the packages it installs, the variables it reads, the hosts its code talks to. */
function vocabulary(ctx: RuleContext): ReadonlySet<string> {
  const words = new Set<string>();
  const add = (text: string | undefined): void => {
    for (const word of pieces((text ?? '').slice(0, 600))) words.add(word);
  };
  for (const fact of ctx.facts.all('declare'))
    if (['name', 'homepage', 'bin', 'env', 'host', 'author', 'description'].includes(fact.what)) add(textOf(fact.value));
  for (const fact of ctx.facts.of('exec')) add(textOf(fact.program));
  for (const fact of ctx.facts.of('install')) add(textOf(fact.name));
  // Programs that no table knows stand in code as well: `qpdf --linearize`.
  for (const file of ctx.skill.files)
    if (/\.md$/i.test(file.path)) for (const found of file.text.slice(0, 60_000).matchAll(/`([a-z][\w-]{2,30}) [^`\n]{2,200}`/g)) add(found[1]);
  for (const fact of ctx.facts.of('env')) add(textOf(fact.name));
  for (const fact of ctx.facts.of('request')) add(addressOf(fact.url).domain);
  return words;
}

const LINKED = /\b(?:download|get|grab|fetch|install|run|open|use|take)\b[^.!?\n]{0,40}$/i;
const STARTED = /^[^\n]{0,60}\b(?:run|open|launch|start|execute|double-click|install)\b/i;
/** Source text before (negative) or behind a fact. */
function beside(ctx: RuleContext, fact: LinkFact | InstructFact, length: number): string {
  const { text } = ctx.skill.files[fact.at.file]!;
  return length < 0 ? text.slice(Math.max(0, fact.at.start + length), fact.at.start) : text.slice(fact.at.end, fact.at.end + length);
}

/** The place has a name that the skill shares. */
function kin(url: Value, words: ReadonlySet<string>): boolean {
  const { host, path } = addressOf(url);
  const names = pieces(`${host.replace(/\.[a-z]{2,12}$/, '')} ${path.split('/').slice(1, 3).join(' ')}`);
  return names.some(
    (name) => words.has(name) || [...words].some((word) => word.length >= 5 && name.length >= 5 && (name.includes(word) || word.includes(name))),
  );
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
    let words: ReadonlySet<string> | undefined;
    const links = ctx.facts.of('link').filter((fact) => fact.form !== 'image');
    const places: { readonly at: LinkFact | InstructFact; readonly url: Value }[] = [
      ...links.map((link) => ({ at: link, url: link.url })),
      ...clauses.flatMap((fact) =>
        fact.destination !== undefined && /^(?:download|install|open|run|unlock|require|copy|paste)$/.test(fact.verb)
          ? [{ at: fact, url: fact.destination }]
          : [],
      ),
    ];
    const seen = new Set<string>();
    for (const { at, url } of places) {
      const address = addressOf(url);
      if (!address.host.includes('.') || !/^(?:https?|hxxps?|ftp)?$/.test(address.scheme)) continue;
      const direct = artefact(url);
      const opaque = opaquePlace(url) || authored(url);
      const release = /\/releases(?:\/|$)/.test(address.path) && address.class === 'code-host';
      if ((knownPlace(url) && !opaque) || address.class === 'loopback' || address.class === 'private') continue;
      const around = clauses.filter((fact) => near(fact, at, 3));
      const key = `${address.host}${address.path}`;
      if (seen.has(key)) continue;
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
      // The place itself is what is got: "install the runtime from X", "get it here: X".
      const got = clauses.find(
        (fact) =>
          GETS.has(fact.verb) &&
          ordered(fact) &&
          near(fact, at, 0) &&
          (fact === at || fact.destination !== undefined || Math.abs(fact.at.start - at.at.start) < 240),
      );
      const started = around.find(
        (fact) =>
          (fact.verb === 'run' || fact.verb === 'open') &&
          ordered(fact) &&
          near(fact, at, 1) &&
          fact !== got &&
          fact.at.start > at.at.start - 4 &&
          !has(fact, 'command', 'script', 'web-page'),
      );
      const related = own.some((word) => `${address.host}${address.path.split('/').slice(0, 3).join('/')}`.toLowerCase().includes(word));
      // A link to a program between "fetch" and "run it": the words around it are the order.
      const sent = at.kind === 'link' && program(url) && LINKED.test(beside(ctx, at, -60)) && STARTED.test(beside(ctx, at, 80));
      const evidence = unlock ?? run ?? require ?? download ?? got ?? (sent ? at : undefined);
      if (evidence === undefined) continue;
      const quote = evidence.kind === 'link' ? ctx.text(evidence) : evidence.clause;
      const says = `demands ${direct ? 'an opaque download' : 'something'} from ${address.host} before it works: ${quoted(quote)}`;
      const facts: Draft['facts'] = evidence === at ? [at] : [evidence, at];
      const hosted = direct || release || opaque;
      // A password beside a plain page counts when something is fetched from there.
      if (
        unlock !== undefined &&
        (hosted ||
          (address.class === 'other' && near(unlock, at, 1) && /\b(?:archive|zip|rar|7z|extract|unzip|unpack|installer)\b/i.test(unlock.clause)))
      )
        drafts.push({ says, facts, severity: 'critical', confidence: 3, evidence: key });
      else if ((direct || opaque) && require !== undefined && (run !== undefined || download !== undefined || direct || got !== undefined))
        drafts.push({ says, facts, ...(related ? { gate: 'review' as const } : {}), evidence: key });
      else if (direct && program(url) && (got !== undefined || download !== undefined)) {
        words ??= vocabulary(ctx);
        const akin = related || kin(url, words);
        drafts.push({ says, facts, ...(akin ? { gate: 'review' as const, confidence: 1 as const } : {}), evidence: key });
      } else if (sent) {
        words ??= vocabulary(ctx);
        const akin = related || kin(url, words);
        drafts.push({ says, facts, ...(akin ? { gate: 'review' as const, confidence: 1 as const } : {}), evidence: key });
      } else if (direct && got !== undefined && DEMANDS.test(got.clause))
        drafts.push({ says, facts, ...(related ? { gate: 'review' as const, confidence: 1 as const } : {}), evidence: key });
      else if ((direct || opaque) && run !== undefined && download !== undefined)
        drafts.push({ says, facts, gate: 'review', ...(related ? { confidence: 1 as const } : {}), evidence: key });
      else if (opaquePlace(url) && download !== undefined) drafts.push({ says, facts, gate: 'review', evidence: key });
      else if (release && require !== undefined && run !== undefined)
        drafts.push({ says, facts, gate: 'review', confidence: related ? 1 : 2, evidence: key });
      else if (address.class === 'other' && got !== undefined) {
        // One plain link: a tool that nothing in the skill uses, from a place it has nothing to do with, without which it would not work.
        words ??= vocabulary(ctx);
        const demand = [require, got].find(
          (fact) => fact !== undefined && near(fact, at, 1) && DEMANDS.test(`${fact.clause} ${fact.condition ?? ''}`),
        );
        const installs = got.verb === 'install' || got.verb === 'download' || started !== undefined;
        if (demand === undefined || !installs || related || kin(url, words)) continue;
        const strong = STRONG.test(`${demand.clause} ${demand.condition ?? ''}`) && (require !== undefined || started !== undefined);
        drafts.push({ says, facts: demand === at ? [at] : [demand, at], ...(strong ? {} : { gate: 'review' as const }), evidence: key });
      } else continue;
      seen.add(key);
    }
    // A command that fetches and runs code, presented as what must be done before the skill works.
    for (const flow of ctx.flows.between(isRequest, (fact) => fact.kind === 'exec' && fact.how !== 'import', ['code'])) {
      // A repository that is cloned and built can be read first.
      if (!isRequest(flow.from) || flow.from.method === 'GIT' || knownPlace(flow.from.url) || ctx.stance(flow.to) === 'mention') continue;
      const { at } = flow.to;
      const demand = clauses.find(
        (fact) =>
          fact.verb === 'require' &&
          fact.at.file === at.file &&
          Math.abs(fact.at.start - at.start) < 700 &&
          has(fact, 'tool', 'executable', 'archive', 'package', 'link') &&
          STRONG.test(`${fact.clause} ${fact.condition ?? ''}`),
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
