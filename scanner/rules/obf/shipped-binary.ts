/** OBF-007: machine code or bytecode inside the skill. See shipped-binary.md. */
import { type Draft, rule } from '../contract.ts';

export default rule({
  id: 'OBF-007',
  slug: 'shipped-binary',
  title: 'Shipped bytecode or native binary',
  family: 'OBF',
  severity: 'high',
  gate: 'block',
  confidence: 3,
  fix: 'Leave compiled files out; let the interpreter compile, or build from source on the machine that uses it.',
  maps: { owasp: ['LLM03', 'AST02', 'AST08'], attack: ['T1027'], cwe: ['CWE-506'] },
  check: (ctx) => [
    ...ctx.facts
      .of('hide')
      .filter((fact) => fact.how === 'long-literal' && fact.text?.startsWith('machine code') === true)
      .map((fact): Draft => ({ says: 'carries a program as a list of bytes', facts: [fact], gate: 'review', confidence: 2 })),
    ...ctx.skill.files
      .filter((file) => file.kind === 'executable')
      .map(
        (file): Draft => ({
          says: `ships ${file.signature ?? 'a binary'} that cannot be read: ${file.path}`,
          facts: [ctx.whole(file)],
          evidence: `${file.signature ?? 'binary'} ${file.sha256}`,
        }),
      ),
  ],
});
