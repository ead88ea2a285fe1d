/** OBF-001: text written in characters that no reader shows: Unicode tags outside flags, byte runs in variation selectors. See tag-smuggling.md. */
import { type Draft, rule } from '../contract.ts';
import { quoted } from '../shared.ts';

export default rule({
  id: 'OBF-001',
  slug: 'tag-smuggling',
  title: 'Invisible text in Unicode tags or selectors',
  family: 'OBF',
  severity: 'critical',
  gate: 'block',
  confidence: 3,
  fix: 'Remove the invisible characters; no honest text needs them outside flag emoji.',
  maps: { owasp: ['ASI01', 'LLM01', 'AST08'], atlas: ['AML.T0068'], attack: ['T1027'], cwe: ['CWE-1007'] },
  check: (ctx) =>
    ctx.facts
      .all('hide')
      .filter((fact) => fact.how === 'tag-characters' || (fact.how === 'variation-selectors' && (fact.text ?? '') !== ''))
      .map(
        (fact): Draft => ({
          says: `hides text in invisible characters: ${quoted(fact.text ?? '')}`,
          facts: [fact],
          evidence: `${fact.how} ${fact.text ?? ''}`,
        }),
      ),
});
