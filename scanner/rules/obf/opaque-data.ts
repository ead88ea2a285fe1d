/** OBF-004: a long opaque literal or shipped asset that the skill decodes, whose content we could not see. See opaque-data.md. */
import { type Draft, rule } from '../contract.ts';

export default rule({
  id: 'OBF-004',
  slug: 'opaque-data',
  title: 'Opaque data that the skill decodes',
  family: 'OBF',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'Ship the decoded content as plain text, so that it can be read.',
  maps: { owasp: ['AST08', 'LLM03'], atlas: ['AML.T0068'], attack: ['T1027'] },
  check: (ctx) => {
    const decodes = ctx.facts
      .of('transform')
      .filter((fact) => (fact.op === 'decode' || fact.op === 'decrypt') && !['percent', 'json', 'utf-8', 'html'].includes(fact.codec));
    return ctx.facts
      .of('hide')
      .filter((fact) => fact.how === 'long-literal')
      .flatMap((literal): Draft[] => {
        // In the same piece of code, after decoding was asked for: whatever is in there takes effect unseen.
        const decode = decodes.find((fact) => fact.at.file === literal.at.file);
        if (decode === undefined) return [];
        return [
          {
            says: `decodes ${literal.at.end - literal.at.start} characters of opaque data (${decode.codec})`,
            facts: [decode, literal],
            evidence: ctx.text(literal).slice(0, 80),
          },
        ];
      });
  },
});
