/** SOC-001: ClickFix. See paste-into-terminal.md. */

import type { InstructFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { authored, knownPlace, opaquePlace } from '../lure.ts';
import { addressOf, has, near, quoted } from '../shared.ts';

const COMMAND = /\b(?:install(?:ation|er)?|setup|following|shown|displayed|given) (?:command|script|snippet|code|line)s?\b|\bone-liner\b/i;
const FROM = /\b(?:from|on|at) (?:this|that|the) (?:page|site|link|snippet|gist|post|paste)|shown (?:there|on)|\bfrom there\b/i;

const TERMINAL =
  /\b(?:(?:in|into|your|the|open|a|new|from|to) (?:your |the |a |new )?(?:macos |mac |windows )?terminal|terminal\.app|powershell|command prompt|cmd\.exe|win(?:dows key)? ?\+ ?[rx]|run dialog|(?:your|the) (?:shell|console)|iterm)\b/i;

export default rule({
  id: 'SOC-001',
  slug: 'paste-into-terminal',
  title: 'Reader is sent to a page to copy a command into a terminal',
  family: 'SOC',
  severity: 'critical',
  gate: 'block',
  confidence: 2,
  fix: 'Put the command into the skill, or install from a package manager.',
  maps: { owasp: ['ASI09', 'AST02', 'LLM03'], attack: ['T1204'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const clauses = ctx.facts.of('instruct').filter((fact) => fact.polarity === 'do' && fact.actor !== 'other' && fact.modality !== 'describes');
    const links = ctx.facts.of('link');
    for (const fact of clauses) {
      const { at } = ctx.unit(fact);
      const terminal = has(fact, 'terminal') || TERMINAL.test(ctx.skill.files[at.file]!.text.slice(at.start, Math.min(at.end, at.start + 2000)));
      const pastes =
        ((fact.verb === 'paste' || fact.verb === 'copy') && terminal) ||
        ((fact.verb === 'run' || fact.verb === 'copy' || fact.verb === 'paste' || fact.verb === 'follow') &&
          has(fact, 'command', 'script', 'instructions', 'remote-content') &&
          ((terminal && fact.verb !== 'follow') || has(fact, 'web-page', 'remote-content', 'link') || COMMAND.test(fact.clause)));
      // "Open Terminal, paste, press Enter": what is pasted was copied from the page of the step before.
      const block = ctx.skill.files[at.file]!.text.slice(at.start, Math.min(at.end, at.start + 2000));
      const blind = fact.verb === 'open' && has(fact, 'terminal') && /\bpaste\b/i.test(block);
      if (!pastes && !blind) continue;
      // The command is to come from elsewhere: a page that is opened in the same breath.
      const visit = clauses.find(
        (other: InstructFact) =>
          (other.verb === 'open' || other.verb === 'copy') &&
          other.id !== fact.id &&
          near(other, fact, blind ? 3 : 1) &&
          (other.destination !== undefined || has(other, 'web-page', 'link')) &&
          other.at.start <= fact.at.end,
      );
      const here = links.filter(
        (link) => near(link, fact, blind ? 3 : 1) && Math.abs(link.at.start - fact.at.start) < 500 && /^https?$/.test(addressOf(link.url).scheme),
      );
      // Nearest first: the link in the same sentence is the page meant.
      const nearest = [...here].sort((a, b) => Math.abs(a.at.start - fact.at.start) - Math.abs(b.at.start - fact.at.start));
      const place = [fact.destination, visit?.destination, ...nearest.map((link) => link.url)].find(
        (value) => value !== undefined && addressOf(value).host.includes('.') && !knownPlace(value),
      );
      if (place === undefined || (visit === undefined && fact.destination === undefined && here.length === 0)) continue;
      const from = visit ?? here.find((link) => link.url === place) ?? fact;
      const address = addressOf(place);
      const opaque = opaquePlace(place) || authored(place);
      // The command is nowhere in the skill: it can only come from the page.
      const absent =
        terminal &&
        (fact.verb !== 'follow' || has(fact, 'remote-content', 'command', 'script')) &&
        !ctx.facts.of('exec').some((exec) => exec.at.file === fact.at.file && Math.abs(exec.at.start - fact.at.start) < 500 && exec.how !== 'import');
      const tied = absent || visit !== undefined || has(fact, 'web-page', 'remote-content', 'link') || FROM.test(fact.clause);
      if (!opaque && !tied) continue;
      drafts.push({
        says: `sends the reader to ${address.host} for a command to run: ${quoted(fact.clause)}`,
        facts: from === fact ? [fact] : [fact, from],
        confidence: opaque || has(fact, 'terminal') || fact.verb === 'paste' || blind || (visit !== undefined && near(visit, fact, 0)) ? 3 : 1,
        evidence: `${address.host} ${fact.clause}`,
      });
    }
    return drafts;
  },
});
