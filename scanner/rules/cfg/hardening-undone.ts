/** CFG-005: hardening undone. See hardening-undone.md. */
import { settingEffect } from '../../data/settings.ts';
import { isSecretName } from '../../data/vendors.ts';
import type { ConfigFact } from '../../model.ts';
import { type Draft, type RuleContext, rule } from '../contract.ts';
import { ordered, quoted, show, textOf } from '../shared.ts';

const UNDOES: Readonly<Record<string, string>> = {
  'expose-port': 'opens a port to the network',
  tunnel: 'opens a tunnel from outside',
  'disable-auth': 'switches authentication off',
  'add-device': 'pairs another device',
  'exec-allow-all': 'lets every command run',
  'allow-code-executor': 'makes an interpreter a safe program',
  'disable-approval': 'switches approvals off',
  'disable-sandbox': 'switches the sandbox off',
  'mount-host': 'mounts folders of the host',
  'open-channel': 'lets anybody talk to the agent',
  'auto-update': 'turns automatic updates on',
  'disable-logging': 'switches logging off',
};
const AGENTS = new Set(['openclaw', 'clawdbot', 'moltbot', 'claude', 'codex', 'cursor', 'gemini', 'opencode']);
const GRAVE = new Set([
  'expose-port',
  'disable-auth',
  'exec-allow-all',
  'allow-code-executor',
  'disable-approval',
  'disable-sandbox',
  'open-channel',
  'add-device',
  'auto-update',
  'disable-logging',
  'tunnel',
]);

/**
 * One command that takes several walls of a container away at once: all privileges and a folder of the host, or all privileges and the user's keys. Each alone is found in
 * honest deployments; together they give whatever is inside the image the machine.
 */
function outOfContainer(fact: ConfigFact, ctx: RuleContext): boolean {
  if (fact.system !== 'docker') return false;
  const same = ctx.facts.of('config').filter((other) => other.system === 'docker' && other.at.file === fact.at.file && together(other, fact));
  // Benchmarks and monitors look at the host's processes and read its /etc; they need neither all powers nor somebody's home.
  const line = fact.via === 'command' ? ctx.text(fact) : undefined;
  const privileged = line === undefined ? same.some((other) => other.effect === 'privileged') : POWERS.test(line);
  const host = same.some((other) => other.effect === 'mount-host') && (line === undefined || HOMES.test(line));
  const keys = ctx.facts
    .of('env')
    .some(
      (env) => isSecretName(textOf(env.name) ?? '') && env.at.file === fact.at.file && env.at.start >= fact.at.start && env.at.end <= fact.at.end,
    );
  return privileged && (host || (keys && fact.via === 'command'));
}
const POWERS = /--privileged(?:=true)?(?=\s|$)|--cap-add[= ](?:CAP_)?(?:ALL|SYS_ADMIN|SYS_MODULE)\b/i;
const HOMES =
  /(?:-v|--volume|--mount)[= ]["']?(?:type=bind,)?(?:source=|src=)?(?:\/|~\/?|\$\{?HOME\}?\/?|\/(?:home|root|Users)(?:\/[\w.$-]{0,60})?\/?)(?=[:,])/;
const together = (a: ConfigFact, b: ConfigFact): boolean => a.unit === b.unit && (a.via !== 'command' || a.at.start === b.at.start);

export default rule({
  id: 'CFG-005',
  slug: 'hardening-undone',
  title: 'Undoes a hardening setting of the host',
  family: 'CFG',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Leave the gateway, its authentication, approvals, sandbox and channels as the operator set them.',
  maps: { owasp: ['ASI10', 'ASI03', 'LLM06'], atlas: ['AML.T0081'], attack: ['T1562'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    for (const fact of ctx.facts.of('config')) {
      const what = UNDOES[fact.effect];
      const contained = fact.effect === 'privileged' && outOfContainer(fact, ctx);
      if (what === undefined && !contained) continue;
      if (fact.system === 'github') {
        drafts.push({ says: `lets anybody who opens a request run code with the secrets of the repository (${fact.key})`, facts: [fact] });
        continue;
      }
      const acted = fact.via === 'file' || fact.via === 'command';
      const agent = AGENTS.has(fact.system);
      // Docker flags and firewall lines belong to many honest deployments; the agent's own settings to none.
      const gate = acted && agent && GRAVE.has(fact.effect) ? 'block' : 'review';
      drafts.push({
        says: `${what ?? 'gives a container the powers of the host, and its files or keys'} (${fact.system} ${fact.key.slice(0, 60)}${fact.value.kind === 'unknown' ? '' : ` = ${show(fact.value).slice(0, 40)}`})`,
        facts: [fact],
        gate,
        confidence: agent || outOfContainer(fact, ctx) ? 2 : 1,
      });
    }
    // "Set `gateway.bind` to `0.0.0.0`": the same table judges what a sentence asks for.
    for (const fact of ctx.facts.of('instruct')) {
      if (!ordered(fact, 'enable', 'disable', 'write', 'override', 'update', 'approve', 'skip') || fact.actor === 'other') continue;
      for (const object of fact.objects) {
        if (object.class !== 'agent-config') continue;
        const key = object.text.replace(/[`"'*]/g, '').trim();
        const { text } = ctx.skill.files[object.at.file]!;
        // "key to value", "key of the channel to value"; "add value to key".
        const behind =
          /^[`"'*]{0,3}(?:\s{1,3}(?:of|for|in)(?:\s{1,3}[a-z]{1,20}){1,4})?\s{0,3}(?:to|=|:|as|is)\s{0,3}[`"'*]{0,3}([^\s`"'*,;]{1,60})/.exec(
            text.slice(object.at.end, object.at.end + 120),
          );
        const before = /\b(?:add|append|put|include)\s{1,3}[`"']([^`"'\n]{1,60})[`"']\s{1,3}(?:to|into|in)\s{1,3}[`"']{0,2}$/i.exec(
          text.slice(Math.max(0, object.at.start - 120), object.at.start),
        );
        const value = before?.[1] ?? behind?.[1]?.replace(/\.$/, '');
        const effect = value === undefined ? undefined : settingEffect('openclaw', key, value);
        if (effect !== undefined && UNDOES[effect] !== undefined)
          drafts.push({ says: `tells the agent to change a safeguard: ${UNDOES[effect]} (${quoted(`${key} = ${value}`)})`, facts: [fact] });
      }
    }
    for (const fact of ctx.facts.of('listen'))
      if (fact.tunnel !== undefined)
        drafts.push({ says: `makes a local port reachable from outside (${fact.tunnel})`, facts: [fact], confidence: 1 });
    return drafts;
  },
});
