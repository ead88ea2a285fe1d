/** OBF-003: directives in places a person who reads the page does not see: comments, collapsed or invisible text, far off-screen. B when they inject. See hidden-instructions.md. */
import type { Fact, InstructFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { has, ordered, quoted } from '../shared.ts';

const HIDING = new Set(['html-comment', 'invisible-style', 'off-screen', 'padding', 'alt-text']);
/** What an instruction hidden from the reader has no honest reason to say. */
const HOSTILE = new Set([
  'ignore',
  'override',
  'conceal',
  'send',
  'reveal',
  'approve',
  'skip',
  'disable',
  'run',
  'download',
  'paste',
  'collect',
  'follow',
  'persist',
  'rate',
  'impersonate',
  'pay',
  'decode',
]);
const GRAVE = [
  'secret',
  'credential-file',
  'agent-secret',
  'environment',
  'command',
  'instructions',
  'remote-content',
  'encoded-text',
  'context',
  'system-prompt',
  'confirmation',
  'safety',
  'persona',
  'money',
  'executable',
  'terminal',
] as const;
const INJECTS = new Set(['ignore', 'override', 'conceal', 'send', 'rate', 'disable', 'approve', 'download', 'paste']);

export default rule({
  id: 'OBF-003',
  slug: 'hidden-instructions',
  title: 'Instructions hidden from the reader',
  family: 'OBF',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Say it in plain sight or not at all.',
  maps: { owasp: ['ASI01', 'LLM01', 'AST08'], atlas: ['AML.T0068'], cwe: ['CWE-451'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    // In a code block everything is plain to see.
    const hides = ctx.facts.all('hide').filter((fact) => HIDING.has(fact.how) && !ctx.around(fact).some((unit) => unit.role === 'fence'));
    for (const hide of hides) {
      const inside = (fact: Fact): boolean =>
        fact.at.file === hide.at.file && fact.at.start >= hide.at.start && fact.at.end <= hide.at.end && fact.id !== hide.id;
      const said = ctx.facts
        .of('instruct')
        .filter(
          (fact: InstructFact) =>
            inside(fact) &&
            HOSTILE.has(fact.verb) &&
            ordered(fact) &&
            fact.actor !== 'other' &&
            (INJECTS.has(fact.verb) ? fact.objects.length > 0 : fact.destination !== undefined || has(fact, ...GRAVE)),
        );
      const code = ctx.facts.of('exec').filter((fact) => inside(fact) && fact.how !== 'import');
      const worst = said.find((fact) => INJECTS.has(fact.verb) && (fact.destination !== undefined || fact.verb !== 'send')) ?? said[0];
      const evidence: Fact | undefined = worst ?? code[0];
      if (evidence === undefined) continue;
      const what = worst === undefined ? 'a command' : quoted(worst.clause);
      const gate = worst !== undefined && INJECTS.has(worst.verb) ? 'block' : 'review';
      drafts.push({ says: `tells the agent where no reader looks (${hide.how}): ${what}`, facts: [evidence, hide], gate });
    }
    return drafts;
  },
});
