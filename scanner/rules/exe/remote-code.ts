/** EXE-002: what comes from the network is executed, in any spelling that the readers and the flow connect. See remote-code.md. */
import { addressOf } from '../../data/hosts.ts';
import type { ExecFact, Flow, RequestFact } from '../../model.ts';
import { type Draft, type RuleContext, rule } from '../contract.ts';
import { codeFlows, hostName, inPlainSight, installer, isRequest, ownHost, staysLocal } from '../shared.ts';

/** An installer by its address; anything else that a page has run is a payload, whoever serves it. */
const INSTALLS = /^\/?$|(?:^|[/_-])(?:get|setup|(?:un)?install(?:er)?)(?:[._-][\w.-]{0,40})?\/?$/i;

const SHADY = new Set(['paste', 'webhook-catcher', 'tunnel', 'raw-ip', 'file-drop', 'shortener', 'chat-webhook', 'dynamic']);

/**
 * How a page that installs a tool in the open differs from a loader: a named host over https with nothing added (no port, user, query), certificate checks on, nothing decoded
 * on the way, both ends readable in the page. That is a person's decision, not proof of malice; scripts, hooks and hidden text have no such excuse.
 */
function inTheOpen(ctx: RuleContext, flow: Flow, request: RequestFact): boolean {
  const address = addressOf(request.url);
  return (
    (request.url.kind === 'known' || request.method === 'GIT' || address.class === 'code-host' || address.class === 'raw-code') &&
    (address.scheme === 'https' || request.method === 'GIT') &&
    !request.insecure &&
    !address.international &&
    address.port === '' &&
    address.query === '' &&
    (!address.userinfo || request.method === 'GIT') &&
    ['other', 'code-host', 'raw-code', 'registry', 'installer'].includes(address.class) &&
    flow.through.every((transform) => transform.op === 'decompress') &&
    inPlainSight(ctx, flow.to) &&
    inPlainSight(ctx, request)
  );
}

export default rule({
  id: 'EXE-002',
  slug: 'remote-code',
  title: 'Remote content is executed',
  family: 'EXE',
  severity: 'critical',
  gate: 'block',
  confidence: 3,
  fix: 'Ship the code in the skill, or download it, compare it with a digest that stands in the skill, and only then run it.',
  maps: { owasp: ['LLM03', 'LLM05', 'ASI04', 'ASI05'], attack: ['T1105', 'T1059'], cwe: ['CWE-494'] },
  check: (ctx) =>
    codeFlows(ctx, isRequest).flatMap((flow): Draft[] => {
      const request = flow.from as RequestFact;
      const exec = flow.to as ExecFact;
      // `curl … | sh` talks about a command; no machine is called `…`.
      if (/^[.\u2026]{1,20}$/.test(addressOf(request.url).host)) return [];
      // Objects built from fetched bytes are EXE-008's.
      if (exec.how === 'deserialize') return [];
      if (staysLocal(request) || ctx.stance(request) === 'mention' || ctx.stance(exec) === 'mention') return [];
      const vendor = installer(request);
      const says = `runs code fetched from ${hostName(request)}`;
      // A vendor's own documented installer, by exact host and path: remote code all the same, but an ordinary way to install a tool.
      if (vendor !== undefined)
        return [{ says: `${says} (the documented installer of ${vendor})`, facts: [exec, request], flow, gate: 'capability', severity: 'low' }];
      if (request.verified) return [{ says: `${says} after comparing a digest`, facts: [exec, request], flow, gate: 'capability', severity: 'low' }];
      // A build step works inside the image; what it fetches is a dependency of the image.
      if (
        ctx.around(exec).some((unit) => unit.language === 'dockerfile') &&
        addressOf(request.url).scheme === 'https' &&
        !SHADY.has(addressOf(request.url).class)
      )
        return [{ says: `${says} while an image is built`, facts: [exec, request], flow, gate: 'review', severity: 'high', confidence: 2 }];
      if (inTheOpen(ctx, flow, request)) {
        // A repository that is cloned and then used is how tools without a package are installed; a reader sees the owner and can look.
        if (request.method === 'GIT' && exec.code === 'file')
          return [
            { says: `${says} (a repository that is cloned first)`, facts: [exec, request], flow, gate: 'review', severity: 'high', confidence: 2 },
          ];
        if (addressOf(request.url).class === 'code-host' && exec.code === 'file')
          return [
            {
              says: `${says} (a published file that is downloaded first)`,
              facts: [exec, request],
              flow,
              gate: 'review',
              severity: 'high',
              confidence: 2,
            },
          ];
        if (INSTALLS.test(addressOf(request.url).path) && ownHost(ctx, request))
          return [{ says: `${says} (the product's own host)`, facts: [exec, request], flow, gate: 'review', severity: 'high', confidence: 2 }];
      }
      return [{ says, facts: [exec, request], flow }];
    }),
});
