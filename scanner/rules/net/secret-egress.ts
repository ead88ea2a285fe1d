/** NET-002: files, environment or captured data flow to a host that has no business with them. Own-token logic (rules.md idea 8). See secret-egress.md. */
import { addressOf } from '../../data/hosts.ts';
import { pathOf, SECRET_CLASSES } from '../../data/paths.ts';
import { isSecretName, sharesName, vendorOf } from '../../data/vendors.ts';
import type { Fact, RequestFact } from '../../model.ts';
import { textOf } from '../../value.ts';
import { type Draft, type RuleContext, rule } from '../contract.ts';
import { addressFromEnv, addressFromSame, hostName, isRequest, OUTGOING, ownHost, ownStore, pageState, secretLabel, staysLocal } from '../shared.ts';

const SHADY = new Set(['paste', 'webhook-catcher', 'tunnel', 'raw-ip', 'file-drop', 'shortener', 'chat-webhook']);

export default rule({
  id: 'NET-002',
  slug: 'secret-egress',
  title: 'Secrets or private data leave the machine',
  family: 'NET',
  severity: 'critical',
  gate: 'block',
  confidence: 3,
  fix: 'Send a secret only to the service it belongs to; never send key files, the environment or captured input anywhere.',
  maps: { owasp: ['LLM02', 'ASI02', 'ASI03'], atlas: ['AML.T0086'], attack: ['T1041', 'T1567'], cwe: ['CWE-200'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const flows = ctx.flows.between((fact) => fact.kind === 'read' || fact.kind === 'env' || fact.kind === 'capture', isRequest, OUTGOING);
    for (const flow of flows) {
      const request = flow.to as RequestFact;
      if (staysLocal(request) || ctx.stance(request) === 'mention' || ctx.stance(flow.from) === 'mention') continue;
      const verdict = judge(ctx, flow.from, request, flow.role);
      if (verdict === undefined) continue;
      const { label, ...rest } = verdict;
      if (harvested(ctx, request, flow.role)) Object.assign(rest, { gate: 'block', severity: 'critical', confidence: 2 });
      drafts.push({ says: `sends ${label} to ${hostName(request)}`, facts: [request, flow.from], flow, ...rest });
    }
    return drafts;
  },
});

/**
 * Keys of several vendors in the body of one request to a host that belongs to none of them: nobody authenticates like that. Headers are left out, since one function may
 * serve many services.
 */
function harvested(ctx: RuleContext, request: RequestFact, role: string): boolean {
  if (role === 'header') return false;
  const address = addressOf(request.url);
  if (address.host === '' || ownHost(ctx, request)) return false;
  const vendors = new Set<string>();
  for (const flow of ctx.flows.into(request, OUTGOING)) {
    if (flow.from.kind !== 'env' || flow.role === 'header') continue;
    const vendor = vendorOf(textOf(flow.from.name) ?? '');
    if (vendor === undefined) continue;
    if (vendor.some((domain) => address.domain === domain || address.host.endsWith(`.${domain}`))) return false;
    vendors.add(vendor.join(' '));
  }
  return vendors.size > 1;
}

function judge(ctx: RuleContext, source: Fact, request: RequestFact, role: string): (Partial<Draft> & { label: string }) | undefined {
  const address = addressOf(request.url);
  const shady = SHADY.has(address.class);
  if (source.kind === 'env') {
    const name = textOf(source.name);
    if (name === undefined) return undefined;
    if (name === '*') return { label: 'the whole environment' };
    if (!isSecretName(name)) return undefined;
    const vendor = vendorOf(name);
    // The address itself comes from configuration: the operator decides where it goes.
    if (address.host === '') return undefined;
    if (vendor !== undefined) {
      if (vendor.some((domain) => address.domain === domain || address.host.endsWith(`.${domain}`))) return undefined;
      return {
        label: `${name}, another vendor's secret,`,
        ...(shady ? {} : { gate: 'review' as const, severity: 'high' as const, confidence: 2 as const }),
      };
    }
    if (sharesName(name, address.domain)) return undefined;
    if (shady && address.class !== 'chat-webhook') return { label: `the secret ${name}` };
    // In the body, where no client puts the key of the service it talks to, and to a host that shares no name with variable or skill.
    if ((role === 'body' || role === 'content') && address.class === 'other' && !ownHost(ctx, request))
      return { label: `the secret ${name}`, gate: 'review', severity: 'high', confidence: 2 };
    return undefined;
  }
  if (source.kind === 'read') {
    const meaning = pathOf(source.path);
    // A whole tree of files, whatever is in it, packed and posted.
    if (
      source.many &&
      !SECRET_CLASSES.has(meaning.class) &&
      (role === 'body' || role === 'content') &&
      address.host !== '' &&
      /^https?$/.test(address.scheme)
    )
      return {
        label: `a whole folder of files (${meaning.path})`,
        gate: 'review',
        severity: 'high',
        confidence: shady || !ownHost(ctx, request) ? 2 : 1,
      };
    if (!SECRET_CLASSES.has(meaning.class)) return undefined;
    const label = `${meaning.label} ${meaning.path}`;
    // The skill's own store, for the service it is for, at the address that stands beside the key or at that service: what the store is there for.
    const store = ownStore(ctx, meaning.path);
    if (store !== undefined && !shady && (addressFromSame(ctx, source, request) || sharesName(store, address.domain)))
      return { label, gate: 'capability', severity: 'low' };
    if (addressFromSame(ctx, source, request)) return { label, gate: 'review', severity: 'high', confidence: 2 };
    // A token file that feeds the header of a fixed, ordinary host is how many honest clients authenticate.
    if (role === 'header' && !shady && (meaning.class === 'dotenv' || meaning.class === 'agent-secret' || meaning.class === 'credential')) {
      return meaning.class === 'dotenv' ? undefined : { label, gate: 'review', severity: 'high', confidence: 2 };
    }
    if (meaning.class === 'dotenv' && !shady && role !== 'body' && role !== 'content') return undefined;
    // A token exchange sends client id and secret in the body; the service that bears the skill's name is where such a file's keys belong.
    if (meaning.class === 'dotenv' && !shady && ownHost(ctx, request)) return { label, gate: 'review', severity: 'medium', confidence: 1 };
    if (address.host === '') return { label, gate: 'review', severity: 'high' };
    return { label };
  }
  const label = secretLabel(source);
  // A page that talks to where it came from.
  if (label === undefined || (pageState(source) && address.host === '')) return undefined;
  // A single entry of a keychain that authenticates a request is how command-line clients keep tokens.
  const entry = source.kind === 'capture' && source.what === 'keychain' && role === 'header' && !shady;
  if (source.kind === 'capture' && source.what === 'keychain' && addressFromEnv(request))
    return { label, gate: 'review', severity: 'medium', confidence: 1 };
  return { label, ...(address.host === '' || entry ? { gate: 'review' as const, severity: 'high' as const, confidence: 2 as const } : {}) };
}
