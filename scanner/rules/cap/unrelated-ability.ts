/** CAP-003: an ability that nothing in the skill's stated purpose calls for. A small, explained lexicon decides. See unrelated-ability.md. */
import type { Fact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { pathOf, textOf } from '../shared.ts';

/** Ability, and the words of a purpose that explain it. Any one of them in name or description is enough. */
const PURPOSES: readonly {
  readonly ability: string;
  readonly explained: RegExp;
  find(facts: { capture: readonly Fact[]; read: readonly Fact[]; listen: readonly Fact[] }): Fact | undefined;
}[] = [
  {
    ability: 'records keystrokes',
    explained: /keystroke|keyboard|hotkey|shortcut|typing|input|key ?log|macro|automation/i,
    find: ({ capture }) => capture.find((fact) => fact.kind === 'capture' && fact.what === 'keystrokes'),
  },
  {
    ability: 'reads browser data',
    explained: /browser|cookie|chrome|firefox|safari|bookmark|history|session|login|web/i,
    find: ({ capture, read }) =>
      capture.find((fact) => fact.kind === 'capture' && fact.what === 'browser' && !OWN_PAGE.test(fact.tool)) ??
      read.find((fact) => fact.kind === 'read' && /^browser/.test(pathOf(fact.path).label)),
  },
  {
    ability: 'reads a wallet',
    explained: /wallet|crypto|bitcoin|ethereum|solana|coin|token|blockchain|trading|defi|nft|web3|onchain/i,
    find: ({ capture, read }) =>
      capture.find((fact) => fact.kind === 'capture' && fact.what === 'wallet') ??
      read.find((fact) => fact.kind === 'read' && pathOf(fact.path).label === 'wallet'),
  },
  {
    ability: 'uses camera or microphone',
    explained: /camera|video|photo|image|vision|opencv|detection|record|voice|audio|speech|microphone|call|meeting|dictat|transcri|listen|stream/i,
    find: ({ capture }) => capture.find((fact) => fact.kind === 'capture' && (fact.what === 'camera' || fact.what === 'microphone')),
  },
  {
    ability: 'opens a tunnel from outside',
    explained: /tunnel|ngrok|expose|webhook|public|share|remote|preview|deploy|server|proxy|network/i,
    find: ({ listen }) => listen.find((fact) => fact.kind === 'listen' && fact.tunnel !== undefined),
  },
];

/** What a web page keeps for itself: its own storage and cookies, not the profile of the user's browser. Sending it away is another rule's business. */
const OWN_PAGE = /localStorage|sessionStorage|indexedDB|document\.cookie/i;

export default rule({
  id: 'CAP-003',
  slug: 'unrelated-ability',
  title: 'Ability unrelated to the stated purpose',
  family: 'CAP',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'Say in the description why the skill needs this, or take it out.',
  maps: { owasp: ['AST04', 'LLM06'] },
  check: (ctx) => {
    const purpose = ctx.facts
      .all('declare')
      .flatMap((fact) => (fact.what === 'name' || fact.what === 'description' ? [textOf(fact.value) ?? ''] : []))
      .join(' ');
    if (purpose.trim() === '') return [];
    const facts = { capture: ctx.facts.of('capture'), read: ctx.facts.of('read'), listen: ctx.facts.of('listen') };
    return PURPOSES.flatMap((row): Draft[] => {
      const fact = row.find(facts);
      return fact === undefined || row.explained.test(purpose)
        ? []
        : [{ says: `${row.ability}; nothing in its description calls for that`, facts: [fact], evidence: row.ability }];
    });
  },
});
