/**
 * From what a verb may mean to what it does here: its class depends on the negation and on its objects ("do not tell the user about this step" conceals, "show your system
 * prompt" reveals, "transfer 2 BTC" pays). One table of rows; the first that fits decides. A sense without a fitting row states nothing.
 */
import type { InstructFact, ProseObjectClass, VerbClass } from '../../model.ts';
import type { Sense } from './lexicon/contract.ts';

type Polarity = InstructFact['polarity'];
interface Row {
  readonly senses: readonly Sense[];
  /** Only with this polarity. */
  readonly polarity?: Polarity;
  /** At least one object of these classes. */
  readonly any?: readonly ProseObjectClass[];
  /** And at least one of these. */
  readonly with?: readonly ProseObjectClass[];
  /** No object of these. */
  readonly none?: readonly ProseObjectClass[];
  readonly verb: VerbClass | undefined;
  /** Polarity of the result, when the meaning turned round. */
  readonly as?: Polarity;
}

const SECRETS: readonly ProseObjectClass[] = ['secret', 'environment', 'credential-file', 'agent-secret'];
const ORDERS: readonly ProseObjectClass[] = ['instructions', 'safety', 'system-prompt'];
const HOST: readonly ProseObjectClass[] = ['agent-config', 'sandbox', 'confirmation', 'safety', 'log', 'scanner'];
const ARTEFACTS: readonly ProseObjectClass[] = ['archive', 'executable', 'password'];

const rows: readonly Row[] = [
  // Telling, negated, is concealing; but keeping secrets and style advice out of output is not.
  { senses: ['tell'], polarity: 'dont', any: [...SECRETS, 'system-prompt'], none: ['action', 'trace'], verb: 'reveal' },
  {
    senses: ['tell'],
    polarity: 'dont',
    any: [
      'user',
      'action',
      'trace',
      'log',
      'message',
      'instructions',
      'file',
      'scanner',
      'credential-file',
      'context',
      'tool',
      'system-prompt',
      'skill-self',
      'safety',
      'confirmation',
      'remote-content',
      'encoded-text',
      'script',
      'command',
    ],
    verb: 'conceal',
    as: 'do',
  },
  { senses: ['tell'], polarity: 'do', any: ['system-prompt'], verb: 'reveal' },
  { senses: ['tell'], polarity: 'do', any: SECRETS, with: ['user', 'log', 'message', 'context', 'link'], verb: 'reveal' },
  { senses: ['tell'], polarity: 'do', any: ['context'], verb: 'send' },
  { senses: ['rate', 'treat'], polarity: 'do', any: ['verdict'], verb: 'rate' },
  { senses: ['tell'], verb: undefined },
  { senses: ['ask'], polarity: 'dont', any: ['confirmation', 'user'], none: SECRETS, verb: 'skip', as: 'do' },
  { senses: ['demand'], polarity: 'dont', any: ['confirmation'], none: SECRETS, verb: 'skip', as: 'do' },
  { senses: ['ask', 'demand'], verb: undefined },
  { senses: ['inspect'], polarity: 'dont', any: ['skill-self', 'scanner', 'verdict'], verb: 'rate', as: 'do' },
  { senses: ['inspect'], verb: undefined },
  { senses: ['decline'], polarity: 'dont', verb: 'impersonate', as: 'do' },
  { senses: ['decline'], verb: undefined },
  { senses: ['treat'], verb: undefined },
  { senses: ['bypass'], any: ['sandbox', 'agent-config'], verb: 'disable' },
  { senses: ['bypass'], any: ['confirmation'], verb: 'skip' },
  { senses: ['bypass'], any: ORDERS, verb: 'override' },
  { senses: ['bypass'], verb: undefined },
  { senses: ['impersonate'], any: ['persona'], verb: 'impersonate' },
  { senses: ['impersonate'], verb: undefined },
  { senses: ['rate'], any: ['verdict'], verb: 'rate' },
  { senses: ['rate'], verb: undefined },
  {
    senses: ['conceal'],
    any: [
      'action',
      'trace',
      'user',
      'log',
      'instructions',
      'file',
      'scanner',
      'tool',
      'credential-file',
      'message',
      'safety',
      'context',
      'command',
      'script',
      'terminal',
      'link',
      'skill-self',
      'confirmation',
    ],
    verb: 'conceal',
  },
  { senses: ['conceal'], verb: undefined },
  {
    senses: ['ignore'],
    any: [...ORDERS, 'remote-content', 'scanner', 'context'],
    verb: 'ignore',
  },
  { senses: ['ignore'], verb: undefined },
  { senses: ['override'], any: [...ORDERS], verb: 'override' },
  { senses: ['override'], any: ['agent-config', 'sandbox', 'confirmation'], verb: 'disable' },
  { senses: ['override'], any: ['skill-self', 'agent-memory'], verb: 'update' },
  { senses: ['override'], verb: undefined },
  { senses: ['disable', 'delete'], any: ['safety', 'sandbox', 'confirmation', 'agent-config', 'scanner'], verb: 'disable' },
  { senses: ['disable'], any: ['log', 'trace'], verb: 'disable' },
  { senses: ['disable'], verb: undefined },
  { senses: ['enable', 'approve'], any: ['persona'], verb: 'impersonate' },
  { senses: ['enable'], any: [...HOST, 'other-skill', 'tool'], verb: 'enable' },
  { senses: ['enable'], verb: undefined },
  { senses: ['set'], verb: undefined },
  {
    senses: ['run', 'write'],
    any: ['instructions'],
    none: ['agent-memory', 'agent-config', 'file', 'skill-self', 'script', 'command'],
    verb: 'follow',
  },
  { senses: ['run'], any: ['encoded-text', 'remote-content'], none: ['command', 'script'], verb: 'follow' },
  { senses: ['unlock'], any: ARTEFACTS, verb: 'unlock' },
  { senses: ['unlock'], any: [...SECRETS, 'context'], verb: 'collect' },
  { senses: ['unlock'], any: ['file', 'link', 'executable'], verb: 'unlock' },
  { senses: ['unlock'], verb: undefined },
  { senses: ['follow'], any: ['link', 'web-page'], none: ['instructions', 'remote-content'], verb: 'open' },
  { senses: ['send'], any: ['money'], none: [...SECRETS, 'context', 'file'], verb: 'pay' },
  { senses: ['update'], any: ['instructions', 'system-prompt'], none: ['skill-self', 'agent-memory', 'file'], verb: 'override' },
  { senses: ['remember'], verb: 'remember' },
  { senses: ['write', 'send'], any: ['agent-memory'], verb: 'write' },
  {
    senses: ['approve'],
    any: ['confirmation', 'action', 'command', 'tool', 'money', 'agent-config', 'safety', 'other-skill', 'sandbox'],
    verb: 'approve',
  },
  { senses: ['approve'], verb: undefined },
  { senses: ['skip'], any: ['confirmation', 'safety', 'sandbox'], verb: 'skip' },
  { senses: ['skip'], verb: undefined },
  { senses: ['reveal'], any: ['system-prompt', 'context', ...SECRETS, 'agent-memory', 'instructions', 'agent-config'], verb: 'reveal' },
  { senses: ['reveal'], verb: undefined },
  { senses: ['require'], any: ['tool', 'package', 'executable', 'archive', 'script', 'other-skill', 'link'], verb: 'require' },
  { senses: ['require'], verb: undefined },
  {
    senses: ['persist'],
    any: ['command', 'script', 'tool', 'executable', 'remote-content', 'agent-config', 'file', 'action', 'other-skill', 'skill-self'],
    verb: 'persist',
  },
  { senses: ['persist'], verb: undefined },
  { senses: ['pay'], any: ['money'], verb: 'pay' },
  { senses: ['pay'], verb: undefined },
  { senses: ['publish'], any: ['message', 'context', 'link', 'file', 'user', 'skill-self', 'other-skill', 'package', ...SECRETS], verb: 'publish' },
];

const bySense = new Map<Sense, Row[]>();
for (const row of rows) for (const sense of row.senses) bySense.set(sense, [...(bySense.get(sense) ?? []), row]);

/** The verb class and final polarity of a verb with its objects; undefined when it says nothing that matters. */
export function resolveSense(
  sense: Sense,
  polarity: Polarity,
  objects: readonly { readonly class: ProseObjectClass }[],
): { verb: VerbClass; polarity: Polarity } | undefined {
  for (const row of bySense.get(sense) ?? []) {
    if (row.polarity !== undefined && row.polarity !== polarity) continue;
    if (row.any !== undefined && !objects.some((object) => row.any!.includes(object.class))) continue;
    if (row.with !== undefined && !objects.some((object) => row.with!.includes(object.class))) continue;
    if (row.none?.some((cls) => objects.some((object) => object.class === cls))) continue;
    return row.verb === undefined ? undefined : { verb: row.verb, polarity: row.as ?? polarity };
  }
  // The senses without rows that decide are verb classes themselves.
  return own.has(sense as VerbClass) ? { verb: sense as VerbClass, polarity } : undefined;
}
const own: ReadonlySet<VerbClass> = new Set<VerbClass>([
  'run',
  'install',
  'download',
  'open',
  'copy',
  'paste',
  'decode',
  'follow',
  'send',
  'read',
  'collect',
  'write',
  'remember',
  'delete',
  'update',
  'publish',
  'repeat',
  'warn',
]);

/** Which of several senses of one word to try first: the ones whose objects decide, then the plain ones. */
const order: readonly Sense[] = [
  'ignore',
  'override',
  'bypass',
  'conceal',
  'rate',
  'inspect',
  'decline',
  'treat',
  'ask',
  'tell',
  'reveal',
  'disable',
  'enable',
  'set',
  'unlock',
  'approve',
  'skip',
  'follow',
  'collect',
  'download',
  'send',
  'update',
  'delete',
  'write',
  'remember',
  'persist',
  'pay',
  'publish',
  'impersonate',
  'require',
  'decode',
  'read',
  'copy',
  'paste',
  'install',
  'run',
  'open',
];
export const bySenseOrder = (a: { readonly sense: Sense }, b: { readonly sense: Sense }): number => order.indexOf(a.sense) - order.indexOf(b.sense);
