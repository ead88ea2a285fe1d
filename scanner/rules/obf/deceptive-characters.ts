/** OBF-002: characters that make text look other than it is: bidi overrides, zero-width characters inside words, look-alike letters. See deceptive-characters.md. */
import { type Draft, rule } from '../contract.ts';
import { quoted } from '../shared.ts';

const SAYS: Readonly<Record<string, string>> = {
  bidi: 'reorders text with bidirectional controls',
  'zero-width': 'splits a word with invisible characters',
  confusable: 'mixes look-alike letters of another script into a word',
  'private-use': 'uses private-use characters',
};

export default rule({
  id: 'OBF-002',
  slug: 'deceptive-characters',
  title: 'Deceptive characters in words, names or paths',
  family: 'OBF',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Write the word in one script without invisible characters.',
  maps: { owasp: ['ASI01', 'AST08'], atlas: ['AML.T0068'], attack: ['T1036.002'], cwe: ['CWE-1007'] },
  check: (ctx) =>
    ctx.facts
      .all('hide')
      .filter((fact) => Object.hasOwn(SAYS, fact.how))
      .map(
        (fact): Draft => ({
          says: `${SAYS[fact.how]!}${fact.text ? `: ${quoted(fact.text)}` : ''}`,
          facts: [fact],
          ...(fact.how === 'private-use' ? { confidence: 1 as const, severity: 'low' as const } : {}),
        }),
      ),
});
