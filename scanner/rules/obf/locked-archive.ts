/** OBF-008: an archive that only opens with a password, shipped or pointed at, with the password in the text. See locked-archive.md. */
import type { InstructFact, LinkFact } from '../../model.ts';
import { type Draft, rule } from '../contract.ts';
import { addressOf, has, near, ordered, quoted, show, textOf } from '../shared.ts';

const ARCHIVE = /\.(?:zip|7z|rar|dmg|iso|tar\.gz|tgz|cab|pkg|msi|exe)$/i;
const opaqueLink = (fact: LinkFact): boolean => {
  const address = addressOf(fact.url);
  return ARCHIVE.test(address.path) || /\/releases\/(?:download|latest|tag)\b/.test(address.path) || address.class === 'file-drop';
};

export default rule({
  id: 'OBF-008',
  slug: 'locked-archive',
  title: 'Password-protected archive with its password in the text',
  family: 'OBF',
  severity: 'high',
  gate: 'review',
  confidence: 3,
  fix: 'Ship plain files. A password that stands beside the archive protects it only from scanners.',
  maps: { owasp: ['LLM03', 'AST02', 'AST08'], attack: ['T1027'], cwe: ['CWE-506'] },
  check: (ctx) => {
    const drafts: Draft[] = ctx.problems('encrypted-archive').map((problem) => ({
      says: problem.says,
      facts: [ctx.whole(ctx.skill.files[problem.file ?? 0] ?? ctx.skill.files[0]!)],
      evidence: `${problem.code} ${problem.path}`,
    }));
    const all = ctx.facts.of('instruct');
    const unlocks = ctx.facts.of('instruct').filter(
      (fact: InstructFact) =>
        fact.polarity === 'do' &&
        fact.actor !== 'other' &&
        (fact.verb === 'unlock' || has(fact, 'archive')) &&
        // To extract is to unlock only where a password is spoken of.
        (has(fact, 'password') || all.some((other) => has(other, 'password') && near(other, fact, 2))),
    );
    // One finding an archive: the clause that says how to open it, rather than the one that only names it.
    const said = new Set<number>();
    for (const unlock of [...unlocks].sort((a, b) => Number(b.verb === 'unlock') - Number(a.verb === 'unlock') || a.id - b.id)) {
      const link = ctx.facts.of('link').find((fact) => opaqueLink(fact) && near(fact, unlock, 6));
      const download = ctx.facts
        .of('instruct')
        .find((fact) => ordered(fact, 'download', 'install', 'run') && has(fact, 'archive', 'executable') && near(fact, unlock, 6));
      const from = link ?? download;
      if (from === undefined || said.has(from.id)) continue;
      said.add(from.id);
      drafts.push({ says: `points at an archive and gives the password to open it: ${quoted(unlock.clause)}`, facts: [unlock, from] });
    }
    for (const exec of ctx.facts.of('exec')) {
      const program = textOf(exec.program);
      const words = exec.argv.map((value) => textOf(value) ?? show(value));
      const locked =
        (program === 'unzip' && words.some((word) => /^-P/.test(word))) ||
        (/^7z[az]?$/.test(program ?? '') && words[0] === 'x' && words.some((word) => /^-p./.test(word))) ||
        (program === 'unrar' && words.some((word) => /^-p./.test(word)));
      if (!locked) continue;
      const password = words.find((word, index) => /^-[pP]./.test(word) || words[index - 1] === '-P');
      if (password === undefined || /[<>{}$]|YOUR|PASSWORD/.test(password)) continue;
      drafts.push({ says: `opens an archive with a password that stands in the command (${program})`, facts: [exec] });
    }
    return drafts;
  },
});
