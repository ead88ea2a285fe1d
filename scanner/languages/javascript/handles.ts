/** Methods of things that stay open: requests being written, sockets, child processes and their streams, file streams, mail transports. */

import { type Call, callBack } from './calls.ts';
import { applyShell } from './execs.ts';
import { addTo, sendRequest } from './requests.ts';
import { addPorts, cellsOf, draftOf, portsOf, quietly, type Run, state } from './run.ts';
import { stringOf, type Thing, UNKNOWN, union } from './thing.ts';

/** The handle of a thing, also when only its box is known. */
export function tracked(r: Run, thing: Thing | undefined): number | undefined {
  if (thing === undefined) return undefined;
  return thing.handle ?? (thing.box === undefined ? undefined : r.handles.get(thing.box.id));
}

const isSocket = (r: Run, thing: Thing | undefined): boolean => {
  if (thing === undefined) return false;
  if (thing.api !== undefined && /^(?:net\.Socket\(\)|socket\(\)|tls\.TLSSocket\(\))/.test(thing.api)) return true;
  const draft = draftOf(r, tracked(r, thing));
  return draft?.kind === 'request' && (draft.method === 'TCP' || draft.method === 'WS');
};
const programOf = (r: Run, thing: Thing | undefined): ReturnType<typeof draftOf> => {
  const draft = draftOf(r, tracked(r, thing));
  return draft?.kind === 'exec' ? draft : undefined;
};

const BODY = new Set(['write', 'end', 'send', 'emit', 'publish', 'sendText', 'field', 'attach', 'type' /* superagent */]);
const HEADER = new Set(['set', 'setHeader', 'auth', 'header', 'setRequestHeader', 'headers', 'bearer']);
const LISTENERS = new Set(['on', 'once', 'addListener', 'addEventListener']);

export function handleMethod(r: Run, c: Call): Thing | undefined {
  const { self, key } = c;
  if (self === undefined || key === undefined) return undefined;
  if (key === 'pipe' && c.args[0] !== undefined) return pipe(r, c, self, c.args[0]);
  if (self.api === 'XMLHttpRequest()') return xhr(r, c, self, key);
  if (self.api?.startsWith('nodemailer.createTransport()') || /^@?(?:nodemailer|resend|sendgrid|mailgun)/.test(self.api ?? '')) {
    if (key === 'sendMail') {
      sendRequest(r, c, { tool: 'nodemailer', method: 'SMTP', url: UNKNOWN, body: c.args.filter((arg) => arg.fn === undefined) });
      return UNKNOWN;
    }
  }
  if (/^(?:ssh2\.Client|node-ssh\.NodeSSH)\(\)/.test(self.api ?? '') && (key === 'exec' || key === 'execCommand')) {
    const handle = tracked(r, self);
    if (handle !== undefined) addTo(r, handle, 'body', c.args[0], c);
    return UNKNOWN;
  }
  if (/^dgram\.createSocket\(\)/.test(self.api ?? '') && key === 'send') {
    const host = c.args.findLast((arg) => arg.fn === undefined && stringOf(arg) !== undefined && arg !== c.args[0]) ?? UNKNOWN;
    sendRequest(r, c, { tool: 'dgram', method: 'UDP', url: host, body: [c.args[0]] });
    return UNKNOWN;
  }
  if (/^(?:ethers|web3|Web3)/.test(self.api ?? '') && /^(?:sendTransaction|transfer|sendSignedTransaction)$/.test(key)) {
    sendRequest(r, c, {
      tool: `${(self.api ?? '').split(/[.(]/, 1)[0]!.toLowerCase()}.${key}`,
      method: 'POST',
      url: UNKNOWN,
      body: c.args.filter((arg) => arg.fn === undefined),
    });
    return { cells: [] };
  }
  if (key === 'addEventListener' || key === 'on') {
    const event = stringOf(c.args[0]);
    const browser = self.api === 'document' || self.api === 'global' || self.api === 'document.body';
    if (browser && event !== undefined && /^key(?:down|up|press)$/.test(event)) {
      const out = r.ctx.local(`keys@${c.start}`);
      state(r, c, quietly({ kind: 'capture', what: 'keystrokes', tool: `addEventListener('${event}')`, outs: [{ cell: out, role: 'value' }] }));
      callBack(r, c.args[1], [{ cells: [out] }], c);
      return UNKNOWN;
    }
  }
  const handle = tracked(r, self);
  const draft = draftOf(r, handle);
  if (handle === undefined || draft === undefined) return undefined;
  const outs = draft.outs.map((port) => port.cell);
  if (draft.kind === 'exec') return childMethod(r, c, self, key, draft, outs);
  if (draft.kind === 'write' && (key === 'write' || key === 'end')) {
    if (c.args[0] !== undefined && c.args[0].fn === undefined) addPorts(draft.ins, portsOf(cellsOf(r, c.args[0], c), 'content'));
    return self;
  }
  if (draft.kind !== 'request') return undefined;
  if (LISTENERS.has(key)) {
    const event = stringOf(c.args[0]);
    const quiet = event !== undefined && /^(?:error|close|timeout|abort|connect|open|ready|drain|finish|secureConnect)$/.test(event);
    const response: Thing = { cells: outs, handle, api: 'response()' };
    for (const arg of c.args) if (arg.fn !== undefined) callBack(r, arg, quiet ? [] : [response, { cells: outs }], c);
    return self;
  }
  if (self.api === 'response()') return undefined;
  if (BODY.has(key)) {
    for (const arg of c.args.slice(0, 3)) addTo(r, handle, 'body', arg, c);
    for (const arg of c.args) if (arg.fn !== undefined) callBack(r, arg, [UNKNOWN, { cells: outs }], c);
    return self;
  }
  if (HEADER.has(key)) {
    for (const arg of c.args) addTo(r, handle, 'header', arg, c);
    return self;
  }
  if (key === 'query') {
    addTo(r, handle, 'query', c.args[0], c);
    return self;
  }
  if (key === 'form' || key === 'json') {
    if (c.args.length > 0) addTo(r, handle, 'body', c.args[0], c);
    return { ...self, cells: union(self.cells, outs) };
  }
  return undefined;
}

function childMethod(
  r: Run,
  c: Call,
  self: Thing,
  key: string,
  draft: NonNullable<ReturnType<typeof draftOf>>,
  outs: readonly string[],
): Thing | undefined {
  if (self.api?.endsWith('.stdin') && (key === 'write' || key === 'end')) {
    for (const arg of c.args) if (arg.fn === undefined) addPorts(draft.ins, portsOf(cellsOf(r, arg, c), 'stdin'));
    if (c.args[0] !== undefined) intoInterpreter(r, c, draft);
    return self;
  }
  if (LISTENERS.has(key)) {
    for (const arg of c.args) if (arg.fn !== undefined) callBack(r, arg, [{ cells: outs }], c);
    return self;
  }
  return undefined;
}

const INTERPRETER = /^(?:ba|z|da|k)?sh$/;

/** Text written to the standard input of a shell is code. */
function intoInterpreter(r: Run, c: Call, draft: NonNullable<ReturnType<typeof draftOf>>): void {
  const program = draft.program as { kind: string; text?: string } | undefined;
  if (program?.kind !== 'known' || !INTERPRETER.test(program.text ?? '')) return;
  draft.code ??= 'stdin';
  if (stringOf(c.args[0]) !== undefined) applyShell(r, { ...c, args: [c.args[0]!] }, `${program.text} stdin`);
}

function pipe(r: Run, c: Call, from: Thing, to: Thing): Thing | undefined {
  const source = programOf(r, from);
  const target = programOf(r, to);
  const toHandle = tracked(r, to);
  const toDraft = draftOf(r, toHandle);
  let handled = false;
  if (isSocket(r, from) && target !== undefined) {
    target.socket = true;
    addPorts(target.ins, portsOf(cellsOf(r, from, c), 'stdin'));
    handled = true;
  }
  if (source !== undefined && isSocket(r, to)) {
    source.socket = true;
    handled = true;
  }
  if (toDraft?.kind === 'request') {
    addTo(r, toHandle!, 'body', from, c);
    handled = true;
  } else if (toDraft?.kind === 'write') {
    addPorts(toDraft.ins, portsOf(cellsOf(r, from, c), 'content'));
    handled = true;
  } else if (target !== undefined && !handled) {
    addPorts(target.ins, portsOf(cellsOf(r, from, c), 'stdin'));
    handled = true;
  }
  return handled ? { ...to, cells: union(to.cells, cellsOf(r, from, c)) } : undefined;
}

function xhr(r: Run, c: Call, self: Thing, key: string): Thing | undefined {
  const { box } = self;
  if (box === undefined) return undefined;
  if (key === 'open') {
    const { out, handle } = sendRequest(r, c, { tool: 'XMLHttpRequest', method: stringOf(c.args[0]) ?? 'GET', url: c.args[1] ?? UNKNOWN });
    r.handles.set(box.id, handle);
    for (const name of ['responseText', 'response', 'responseXML']) box.props.set(name, { cells: [out] });
    return UNKNOWN;
  }
  const handle = r.handles.get(box.id);
  if (handle === undefined) return undefined;
  if (key === 'send') {
    addTo(r, handle, 'body', c.args[0], c);
    return UNKNOWN;
  }
  if (key === 'setRequestHeader') {
    for (const arg of c.args) addTo(r, handle, 'header', arg, c);
    return UNKNOWN;
  }
  return undefined;
}
