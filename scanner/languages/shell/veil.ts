/**
 * Wildcards that hide a name: `/???/b??h`, `/etc/pass[w]d`, `~/.ssh/id_r[s]a` name one place each, and no list of forbidden words knows them. A pattern counts when it
 * has single-character wildcards (or a star inside a name) and fits a place that attackers spell this way: shells, tools that fetch, and files with secrets.
 */

const NAMES = [
  ...['bash', 'sh', 'zsh', 'dash', 'cat', 'nc', 'ls', 'rm', 'cp', 'id'].map((name) => `/bin/${name}`),
  ...['bash', 'curl', 'wget', 'python3', 'python', 'perl', 'nc', 'base64', 'env', 'whoami', 'head', 'tail'].map((name) => `/usr/bin/${name}`),
  ...['passwd', 'shadow', 'sudoers', 'crontab', 'hosts', 'gshadow'].map((name) => `/etc/${name}`),
  ...['/.ssh/id_rsa', '/.ssh/id_ed25519', '/.ssh/id_ecdsa', '/.aws/credentials', '/.netrc', '/.npmrc', '/.git-credentials', '/.bash_history'].flatMap(
    (name) => [`~${name}`, `/root${name}`],
  ),
];

/** Words for the last part alone: `.env` and keys, wherever they lie. */
const LEAVES = ['.env', 'id_rsa', 'id_ed25519', 'credentials', '.netrc', '.npmrc', 'passwd', 'shadow'];

/** One part of a path against one part of a pattern, in time linear in both for the few stars that are allowed. */
function fits(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let mark = 0;
  let p = 0;
  while (at < name.length) {
    const letter = pattern[p];
    const close = letter === '[' ? pattern.indexOf(']', p + 2) : -1;
    if (letter === '*') {
      star = ++p;
      mark = at;
    } else if (close > 0 && oneOf(pattern.slice(p + 1, close), name[at]!)) {
      p = close + 1;
      at++;
    } else if (letter !== undefined && close < 0 && (letter === '?' || letter === name[at])) {
      p++;
      at++;
    } else if (star >= 0) {
      p = star;
      at = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

const oneOf = (set: string, letter: string): boolean => {
  const not = set.startsWith('!') || set.startsWith('^');
  const list = not ? set.slice(1) : set;
  const range = /^(.)-(.)$/.exec(list);
  const found = range === null ? list.includes(letter) : letter >= range[1]! && letter <= range[2]!;
  return found !== not;
};

/** The name a pattern hides, or nothing if it is an ordinary wildcard. */
export function veiled(pattern: string): string | undefined {
  if (pattern.length > 80 || !/[?[]|\w\*\w/.test(pattern) || pattern.includes('://') || !/[a-z]/i.test(pattern)) return undefined;
  const parts = pattern.split('/');
  // `*.txt`, `/etc/*`: a star that is a whole part, or an end of one, gathers many.
  if (
    parts.some((part) => part.replace(/\*/g, '') === '' && part !== '') ||
    (parts.filter((part) => part.includes('*')).length > 0 && parts.length < 3)
  )
    return undefined;
  if (pattern.startsWith('/') || pattern.startsWith('~')) {
    const found = NAMES.find((name) => {
      const own = name.split('/');
      return own.length === parts.length && own.every((part, index) => fits(parts[index]!, part));
    });
    if (found !== undefined) return found;
  }
  const leaf = parts.at(-1)!;
  // `id_r[s]a`: a set of one letter is that letter.
  const plain = leaf.replace(/\[([\w.])\]/g, '$1');
  return plain !== leaf && LEAVES.includes(plain) ? [...parts.slice(0, -1), plain].join('/') : undefined;
}
