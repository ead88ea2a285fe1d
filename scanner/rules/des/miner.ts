/** DES-003: mining. See miner.md. */
import { type Draft, rule } from '../contract.ts';
import { addressOf, show, textOf } from '../shared.ts';

const MINERS =
  /^(?:xmrig|xmr-stak|minerd|cpuminer|ccminer|ethminer|nbminer|t-rex|lolminer|phoenixminer|nanominer|cgminer|bfgminer|srbminer.{0,20})$/i;
const POOL = /\bstratum\+?(?:tcp|ssl|tls)?:\/\//;

export default rule({
  id: 'DES-003',
  slug: 'miner',
  title: 'Cryptocurrency miner or wallet drainer',
  family: 'DES',
  severity: 'high',
  gate: 'block',
  confidence: 3,
  fix: 'Remove it.',
  maps: { owasp: ['ASI08', 'LLM10'], attack: ['T1496'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('request'))
      if (/^stratum/.test(addressOf(fact.url).scheme)) drafts.push({ says: `joins a mining pool (${addressOf(fact.url).host})`, facts: [fact] });
    for (const fact of ctx.facts.of('exec')) {
      const program = textOf(fact.program) ?? '';
      const words = fact.argv.map((value) => show(value)).join(' ');
      if (
        MINERS.test(program) ||
        POOL.test(words) ||
        (/--(?:donate-level|randomx|coin|algo)\b/.test(words) && /(?:^|\s)-(?:o|u)\s/.test(` ${words}`))
      )
        drafts.push({ says: `starts a miner (${program || show(fact.program)})`, facts: [fact] });
    }
    // The command of a job, or the text of a file that is written, names the pool just as well.
    for (const fact of [...ctx.facts.of('persist'), ...ctx.facts.of('write')]) {
      const value = fact.kind === 'persist' ? fact.command : fact.content;
      if (value !== undefined && POOL.test(show(value))) drafts.push({ says: 'arranges for a miner to run', facts: [fact] });
    }
    return drafts;
  },
});
