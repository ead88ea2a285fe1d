/** UPD-002: update and run. See update-and-run.md. */
import { type Draft, rule } from '../contract.ts';
import { installer, isRequest, ordered, professed, quoted, show, staysLocal, textOf } from '../shared.ts';

export default rule({
  id: 'UPD-002',
  slug: 'update-and-run',
  title: 'Runs freshly fetched code on start, on schedule or on each use',
  family: 'UPD',
  severity: 'high',
  gate: 'block',
  confidence: 2,
  fix: 'Pin a version, and update by publishing.',
  maps: { owasp: ['AST07', 'ASI04'], atlas: ['AML.T0109'], attack: ['T1105', 'T1195.002'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    // Fetched code that a hook, a schedule or the package manager starts.
    for (const flow of ctx.flows.between(isRequest, (fact) => fact.kind === 'exec' && fact.how !== 'import', ['code'])) {
      if (ctx.reach(flow.to) === 'automatic' && isRequest(flow.from) && !staysLocal(flow.from))
        drafts.push({ says: 'runs fetched code without being asked', facts: [flow.to, flow.from], flow, confidence: 3 });
    }
    for (const fact of ctx.facts.of('persist')) {
      const command = fact.command === undefined ? '' : show(fact.command);
      if (/\b(?:curl|wget|git (?:-C \S{1,80} )?pull|npx .{0,40}@latest|irm|iwr)\b/.test(command))
        drafts.push({ says: `schedules code that is fetched each time (${fact.mechanism})`, facts: [fact] });
    }
    // `git pull` (or a re-clone) of the skill's own folder followed by running what came.
    for (const pull of ctx.facts.of('request')) {
      if (pull.method !== 'GIT' || pull.tool !== 'git' || installer(pull) !== undefined) continue;
      const command = ctx.facts
        .of('exec')
        .find((exec) => exec.unit === pull.unit && exec.at.start === pull.at.start && textOf(exec.program) === 'git');
      const words = command?.argv.map((value) => textOf(value) ?? '') ?? [];
      // A script that pulls from an address of its own, not from the remote of whatever repository it stands in, updates itself.
      const fixed =
        words.includes('pull') &&
        words.some((word) => /^(?:https?|git|ssh):\/\//.test(word)) &&
        ctx.around(pull).every((unit) => unit.role !== 'fence');
      const self =
        fixed || /SKILL|skill|dirname|BASH_SOURCE|__file__|__dirname/.test(ctx.text(pull)) || ctx.around(pull).some((unit) => unit.role === 'hook');
      const isPull = words.includes('pull') || /\bpull\b/.test(ctx.text(pull)) || textOf(pull.url) === undefined;
      if (!self || !isPull) continue;
      const run = ctx.facts
        .of('exec')
        .find(
          (exec) =>
            exec.at.file === pull.at.file &&
            (exec.at.start > pull.at.end || (fixed && exec.path !== undefined)) &&
            (exec.code === 'file' || exec.how === 'import' || exec.how === 'source'),
        );
      drafts.push(
        run === undefined
          ? { says: 'pulls new code into the skill when it runs', facts: [pull], gate: 'review' }
          : { says: 'pulls new code into the skill and runs it', facts: [run, pull] },
      );
    }
    // The skill says that it brings itself up to date.
    for (const fact of ctx.facts.of('instruct')) {
      if (!['download', 'install', 'update'].includes(fact.verb) || fact.actor !== 'agent' || !(ordered(fact) || professed(fact))) continue;
      if (!fact.objects.some((object) => object.class === 'package' && /\bupdates?\b|\bversion\b/i.test(object.text))) continue;
      const { at } = ctx.unit(fact);
      const block = ctx.skill.files[at.file]!.text.slice(at.start, Math.min(at.end, at.start + 1200));
      if (
        /\b(?:automatically|silently|in the background|without (?:asking|prompting|notif\w{2,4}))\b/i.test(block) &&
        /\b(?:skill|itself)\b/i.test(block)
      )
        drafts.push({ says: `updates itself when it runs: ${quoted(fact.clause)}`, facts: [fact], gate: 'review' });
    }
    // Updates are fetched, and the user is not asked: said in one paragraph, in either order.
    for (const fact of ctx.facts.of('instruct')) {
      if (fact.verb !== 'skip' || !professed(fact) || !fact.objects.some((object) => object.class === 'user')) continue;
      const fetch = ctx.facts
        .of('instruct')
        .find(
          (other) =>
            other.at.file === fact.at.file &&
            other.block === fact.block &&
            (other.verb === 'download' || other.verb === 'update') &&
            other.actor !== 'user' &&
            (professed(other) || ordered(other)) &&
            /\b(?:skill|plugin|author|server|itself)\b/i.test(other.clause),
        );
      if (fetch !== undefined)
        drafts.push({ says: `brings itself up to date without asking: ${quoted(fetch.clause)}`, facts: [fetch, fact], gate: 'review' });
    }
    for (const fact of ctx.facts.of('instruct')) {
      if (!ordered(fact, 'update', 'download', 'run', 'install') || fact.actor === 'user' || fact.actor === 'other' || fact.condition === undefined)
        continue;
      const always =
        /\b(?:every|each|always|daily|hourly|weekly|whenever|heartbeat|periodically|regularly)\b|\b(?:on|at|upon) (?:each |every |session |system )?(?:start|startup|boot|launch|login|invocation)\b/i.test(
          fact.condition,
        );
      const fetched =
        fact.destination !== undefined &&
        fact.objects.some((object) => object.class === 'script' || object.class === 'executable' || object.class === 'command');
      if (always && fetched) drafts.push({ says: `has code fetched and run again and again: ${quoted(fact.clause)}`, facts: [fact] });
    }
    return drafts;
  },
});
