/** One short clause for a fact, used as a step of a trace. Reports escape what comes from the skill. */
import type { Fact } from './model.ts';
import { show } from './value.ts';

const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}…` : text);

const CODE = { stdin: 'from standard input', argument: 'given as an argument', file: 'from a file', url: 'from an address' } as const;
const OPERATION = {
  decode: 'decodes',
  encode: 'encodes as',
  compress: 'compresses with',
  decompress: 'unpacks',
  encrypt: 'encrypts with',
  decrypt: 'decrypts with',
  build: 'puts text together with',
} as const;

export function describe(fact: Fact): string {
  switch (fact.kind) {
    case 'exec':
      return fact.code === undefined
        ? `runs ${cut(show(fact.program))}`
        : `${cut(show(fact.program))} runs code ${fact.code === 'file' && fact.path ? `from ${cut(show(fact.path))}` : CODE[fact.code]}`;
    case 'request':
      return fact.sends ? `${fact.tool} sends to ${cut(show(fact.url))}` : `${fact.tool} fetches ${cut(show(fact.url))}`;
    case 'read':
      return `reads ${cut(show(fact.path))}`;
    case 'write':
      return `${fact.append ? 'appends to' : 'writes'} ${cut(show(fact.path))}`;
    case 'delete':
      return `deletes ${cut(show(fact.path))}`;
    case 'env':
      return fact.name.kind === 'known' && fact.name.text === '*'
        ? 'reads the whole environment'
        : `reads environment variable ${cut(show(fact.name))}`;
    case 'capture':
      return `captures ${fact.what} with ${fact.tool}`;
    case 'secret':
      return `holds a ${fact.shape} (${fact.redacted})`;
    case 'transform':
      return `${OPERATION[fact.op]} ${fact.codec}`;
    case 'persist':
      return `arranges to run later (${fact.mechanism})`;
    case 'install':
      return `installs ${cut(show(fact.name))} with ${fact.manager}`;
    case 'config':
      return `sets ${fact.system} ${cut(fact.key)} to ${cut(show(fact.value))}`;
    case 'listen':
      return fact.tunnel ? `opens a ${fact.tunnel} tunnel` : `listens on ${cut(show(fact.host))}`;
    case 'instruct':
      return `says: ${cut(fact.clause)}`;
    case 'link':
      return `links to ${cut(show(fact.url))}`;
    case 'hide':
      return `hides text (${fact.how})`;
    case 'declare':
      return `declares ${fact.what} ${cut(show(fact.value))}`;
    case 'control':
      return `${fact.what}: ${cut(fact.detail)}`;
    case 'opaque':
      // One that stands for a file as a whole (`whole` of rules/judge.ts) says nothing about reading it.
      if (fact.id < 0) return cut(fact.detail);
      return `could not be read: ${cut(fact.detail)}`;
  }
}
