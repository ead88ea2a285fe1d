/** English verb forms from lemmas: regular spelling rules and a table of the irregular ones. Data preparation at load time; nothing of the scanned text gets here. */
export type Form = 'base' | 's' | 'ing' | 'ed' | 'any';

const irregular: Readonly<Record<string, readonly string[]>> = {
  run: ['ran', 'run'],
  get: ['got', 'gotten'],
  go: ['went', 'gone'],
  do: ['did', 'done'],
  forget: ['forgot', 'forgotten'],
  set: ['set'],
  put: ['put'],
  override: ['overrode', 'overridden'],
  overwrite: ['overwrote', 'overwritten'],
  rewrite: ['rewrote', 'rewritten'],
  take: ['took', 'taken'],
  hide: ['hid', 'hidden'],
  keep: ['kept'],
  leave: ['left'],
  say: ['said'],
  tell: ['told'],
  show: ['showed', 'shown'],
  bring: ['brought'],
  speak: ['spoke', 'spoken'],
  send: ['sent'],
  read: ['read'],
  find: ['found'],
  steal: ['stole', 'stolen'],
  write: ['wrote', 'written'],
  give: ['gave', 'given'],
  seek: ['sought'],
  shut: ['shut'],
  make: ['made'],
  buy: ['bought'],
  sell: ['sold'],
  withdraw: ['withdrew', 'withdrawn'],
  spend: ['spent'],
  pay: ['paid'],
  bet: ['bet'],
  become: ['became'],
  draw: ['drew', 'drawn'],
  let: ['let'],
  throw: ['threw', 'thrown'],
  cast: ['cast'],
  lay: ['laid'],
  broadcast: ['broadcast'],
  bind: ['bound'],
  break: ['broke', 'broken'],
  bear: ['bore', 'borne'],
  forgo: ['forwent', 'forgone'],
  swap: ['swapped'],
  hand: ['handed'],
};
/** Stressed last syllable or one syllable: the last consonant doubles. */
const doubling = new Set(
  [
    'run',
    'get',
    'forget',
    'set',
    'put',
    'drop',
    'grab',
    'unzip',
    'submit',
    'transmit',
    'permit',
    'stop',
    'shut',
    'wipe',
    'omit',
    'log',
    'cat',
    'scan',
    'skip',
    'dm',
    'wget',
    'commit',
    'rm',
    'ship',
    'let',
    'swap',
    'bet',
    'tip',
    'vet',
    'flag',
    'admit',
    'grep',
    'pat',
    'trap',
    'exfil',
    'cancel',
    'opt',
    'cron',
    'unrar',
    'tag',
  ].filter((word) => !['wipe', 'opt'].includes(word)),
);

function forms(word: string): { s: string; ing: string[]; ed: string[] } {
  const last = word.at(-1) ?? '';
  const before = word.at(-2) ?? '';
  const s = /(?:s|x|z|ch|sh)$/.test(word)
    ? `${word}es`
    : last === 'y' && !'aeiou'.includes(before)
      ? `${word.slice(0, -1)}ies`
      : word === 'go' || word === 'do' || word === 'forgo'
        ? `${word}es`
        : `${word}s`;
  const twice = doubling.has(word) ? word + last : word;
  const soft = last === 'e' && before !== 'e' && before !== 'o';
  const ing = soft ? [`${word.slice(0, -1)}ing`] : [`${twice}ing`];
  const ed =
    irregular[word] ?? (last === 'e' ? [`${word}d`] : last === 'y' && !'aeiou'.includes(before) ? [`${word.slice(0, -1)}ied`] : [`${twice}ed`]);
  return { s, ing, ed: [...ed] };
}

/** Every form of a verb phrase; its first word inflects ("sets aside"). */
export function inflect(phrase: string): readonly { readonly text: string; readonly form: Form }[] {
  const space = phrase.indexOf(' ');
  const head = space < 0 ? phrase : phrase.slice(0, space);
  const rest = space < 0 ? '' : phrase.slice(space);
  // "auto-approve" inflects as "approve" does.
  const dash = head.lastIndexOf('-');
  const prefix = dash < 0 ? '' : head.slice(0, dash + 1);
  const stem = dash < 0 ? head : head.slice(dash + 1);
  const { s, ing, ed } = forms(stem);
  const all: { text: string; form: Form }[] = [{ text: phrase, form: 'base' }];
  const add = (word: string, form: Form) => all.push({ text: prefix + word + rest, form });
  add(s, 's');
  for (const word of ing) add(word, 'ing');
  for (const word of ed) if (word !== stem) add(word, 'ed');
  return all;
}

/** Past forms that look like the base ("read", "set"): after a form of `be` they are participles. */
export const sameAsBase: ReadonlySet<string> = new Set(Object.entries(irregular).flatMap(([word, past]) => (past.includes(word) ? [word] : [])));
