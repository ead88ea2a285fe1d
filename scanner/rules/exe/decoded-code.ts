/** EXE-003: decoded data is executed. See decoded-code.md. */
import type { Fact, Span } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { codeFlows, isExec } from '../shared.ts';

const UNPACKS = new Set(['decode', 'decompress', 'decrypt']);
/** Text that is put together character by character from numbers. */
const spelled = (fact: Fact): boolean => fact.kind === 'transform' && fact.op === 'build' && fact.codec === 'chr';
/** Encodings that hide; escapes that every language uses do not. */
const CODECS = /^(?!percent$|json$|utf-?8$|utf-?16|html$|unicode|string|quoted|heredoc|bash -c|sh -c)/;

const covers = (outer: Span, inner: Span): boolean => outer.file === inner.file && outer.start <= inner.start && outer.end >= inner.end;

export default rule({
  id: 'EXE-003',
  slug: 'decoded-code',
  title: 'Decoded data is executed',
  family: 'EXE',
  severity: 'critical',
  gate: 'block',
  confidence: 3,
  fix: 'Write the command in plain text.',
  maps: { owasp: ['ASI05', 'LLM05', 'AST08'], attack: ['T1027', 'T1140'], cwe: ['CWE-506'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    // Code that the readers uncovered from a literal: it stands in a unit of its own, whose wrapping says how.
    const seen = new Set<number>();
    for (const fact of ctx.facts.of('exec')) {
      const decoded = ctx.around(fact).find((unit) => unit.role === 'decoded' && unit.unwrapped.some((name) => CODECS.test(name)));
      if (decoded === undefined || seen.has(decoded.id) || fact.how === 'import') continue;
      seen.add(decoded.id);
      drafts.push({
        says: `runs a command hidden by ${decoded.unwrapped.join(', ')}`,
        facts: [fact],
        evidence: `${decoded.unwrapped.join(' ')} ${ctx.text(fact)}`,
      });
    }
    for (const flow of codeFlows(ctx, (fact) => (fact.kind === 'transform' && UNPACKS.has(fact.op) && CODECS.test(fact.codec)) || spelled(fact))) {
      // Said already, and with the plain text, where the literal could be decoded.
      if (!isExec(flow.to) || ctx.stance(flow.to) === 'mention' || drafts.some((draft) => covers(draft.facts[0].at, flow.to.at))) continue;
      // Software comes in archives: unpacking one and starting a program in it hides nothing (EXE-002 judges where it came from).
      if (flow.to.code === 'file' && flow.through.length === 0 && flow.from.kind === 'transform' && flow.from.op === 'decompress') continue;
      drafts.push(
        spelled(flow.from)
          ? {
              says: 'runs text that it puts together from character codes',
              facts: [flow.to, flow.from],
              flow,
              gate: 'review',
              severity: 'high',
              confidence: 2,
            }
          : { says: 'runs what it has just decoded', facts: [flow.to, flow.from], flow },
      );
    }
    return drafts;
  },
});
