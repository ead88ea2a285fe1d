/** Facts about requests and listeners: where a call goes, what goes out by which way, where the answer ends up, whether certificates are checked. */
import type { Cell, Port, Value } from '../../model.ts';
import { known, prefixOf, textOf } from '../../value.ts';
import { type Abs, type Call, type Gap, isTrue, joinText, NOTHING, pieces, strOf, textLike } from './abstract.ts';
import type { Api, Sel } from './api.ts';
import { pick, pickAll, resultOf } from './effects.ts';
import { edge, fileCell, type Machine, type Place, port, portOf, state } from './machine.ts';

type RequestApi = Extract<Api, { do: 'request' }>;

/** `('host', 443)` as `host:443`. */
function endpoint(address: Abs | undefined, portAbs: Abs | undefined): Abs {
  if (address === undefined) return NOTHING;
  const [host, second] = address.list ? address.list.items : [address, portAbs];
  if (host === undefined) return { ...NOTHING, cell: address.cell };
  const number = second ?? portAbs;
  return { value: joinText(number === undefined ? pieces(host) : [...pieces(host), ':', ...pieces(number)]), cell: host.cell ?? address.cell };
}

/** The object a method belongs to, back to the constructor that knows the host. */
function constructorOf(recv: Abs | undefined): Abs | undefined {
  let abs = recv;
  for (let depth = 0; abs !== undefined && depth < 6; depth++) {
    if (abs.made && (abs.made.args.length > 0 || abs.made.kw.size > 0)) return abs;
    abs = abs.made?.recv ?? abs.recv;
  }
  return undefined;
}

function addressOf(call: Call, api: RequestApi): Abs {
  let url = pick(call, api.url);
  if (api.host === 'recv') {
    const origin = constructorOf(call.recv)?.made;
    const direct = api.url[0] === 'recv' ? undefined : url;
    if (/^(?:tcp|tls):/.test(api.scheme ?? '')) url = endpoint(url, undefined);
    else {
      const host = endpoint(origin?.args[0] ?? origin?.kw.get('host') ?? origin?.kw.get('hostname'), origin?.args[1] ?? origin?.kw.get('port'));
      url = direct === undefined ? host : { ...direct, value: joinText([...pieces(host), ...pieces(direct)]) };
    }
  } else if (api.scheme !== undefined) url = endpoint(url, pick(call, api.port));
  // `httpx.Client(base_url=…).get('/x')`
  const base = constructorOf(call.recv)?.made?.kw.get('base_url');
  if (base !== undefined && url !== undefined && !/^[a-z]{2,8}:\/\//i.test(prefixOf(url.value)))
    url = { ...url, value: joinText([...pieces(base), ...pieces(url)]) };
  if (url === undefined) return NOTHING;
  const scheme = api.scheme;
  return scheme === undefined || /^[a-z][a-z0-9+.-]{1,12}:\/\//i.test(prefixOf(url.value)) || url.value.kind === 'unknown'
    ? url
    : { ...url, value: joinText([scheme, ...pieces(url)]) };
}

/** Data in an address: in the query, or in the address itself. */
function addressPorts(url: Abs, method: string): Port[] {
  const ports: Port[] = [];
  let query = method === 'DNS' && url.value.kind === 'template';
  for (const part of pieces(url)) {
    if (typeof part === 'string') query ||= part.includes('?');
    else {
      const cell = (part as Gap).cell ?? url.cell;
      if (cell !== undefined) ports.push({ cell, role: query ? 'query' : 'url' });
    }
  }
  if (ports.length === 0 && url.cell !== undefined) ports.push({ cell: url.cell, role: 'url' });
  return ports;
}

const UNVERIFIED = /^(?:ssl\._create_unverified_context|ssl\._create_stdlib_context|ssl\.CERT_NONE)/;
const unverified = (abs: Abs | undefined): boolean =>
  abs !== undefined && (isTrue(abs) === false || UNVERIFIED.test(abs.ref ?? '') || abs.ref === 'insecure');

function methodOf(call: Call, method: string | Sel, hasBody: boolean): string {
  if (typeof method === 'string') return method;
  const text = textLike(pick(call, method));
  return text !== undefined && /^[A-Za-z]{2,12}$/.test(text) ? text.toUpperCase() : hasBody ? 'POST' : 'GET';
}

/** States a request and gives what comes back. */
export function doRequest(m: Machine, at: Place, ref: string, call: Call, api: RequestApi): Abs {
  let url = addressOf(call, api);
  const bodies = pickAll(call, api.body);
  const headers = pickAll(call, api.header);
  const queries = pickAll(call, api.query);
  const made = url.made;
  let wrapped: Call | undefined;
  if (made !== undefined && /Request\(\)$/.test(url.ref ?? '')) {
    // `urlopen(Request(url, data, headers))`
    wrapped = made;
    if (url.sink) headers.push({ ...NOTHING, cell: url.sink });
    url = made.args[0] ?? made.kw.get('url') ?? NOTHING;
    bodies.push(...pickAll(made, [1, 'data', 'json', 'body', 'content']));
    headers.push(...pickAll(made, [2, 'headers']));
  }
  const session = call.recv;
  const isSocket = /^(?:TCP|WS)$/.test(typeof api.method === 'string' ? api.method : '');
  if (session?.sink && !isSocket) headers.push({ ...NOTHING, cell: session.sink });
  const origin = constructorOf(session)?.made;
  if (origin !== undefined && !api.host) headers.push(...pickAll(origin, ['headers', 'auth', 'cookies']));
  const ins: (Port | undefined)[] = [
    ...bodies.map((abs) => portOf('body', abs)),
    ...queries.map((abs) => portOf('query', abs)),
    ...headers.map((abs) => portOf('header', abs)),
  ];

  let sink: Cell | undefined;
  let response: Cell = m.ctx.local(`response@${at.start}:${at.end}`);
  if (isSocket) {
    // What is sent later goes through the same object.
    sink = session?.sink ?? m.ctx.local(`body@${at.start}:${at.end}`);
    response = session?.cell && session.sink ? session.cell : response;
    ins.push(port('body', sink));
  }
  const upload = pick(call, api.upload);
  if (upload !== undefined) {
    const content = m.ctx.local(`upload@${at.start}:${at.end}`);
    state(m, at, { kind: 'read', path: upload.value, ins: [{ cell: fileCell(m, upload), role: 'path' }], outs: [port('value', content)] });
    ins.push(port('body', content), portOf('body', upload));
  }
  const method = methodOf(wrapped ?? call, wrapped ? ['method'] : api.method, bodies.length > 0);
  const inUrl = addressPorts(url, method);
  ins.push(...inUrl);
  const sends =
    (api.sends ?? false) ||
    bodies.length > 0 ||
    upload !== undefined ||
    queries.some((abs) => abs.cell !== undefined) ||
    inUrl.some((each) => each.role === 'query');
  const insecure =
    pickAll(call, api.verify).some(unverified) || unverified(origin?.kw.get('verify')) || UNVERIFIED.test(session?.made?.recv?.ref ?? '');
  state(m, at, {
    kind: 'request',
    url: url.value,
    method,
    tool: ref,
    ...(insecure ? { insecure: true } : {}),
    ...(sends ? { sends: true } : {}),
    ins,
    outs: [port('response', response)],
  });
  const save = pick(call, api.save);
  if (save !== undefined) {
    state(m, at, { kind: 'write', path: save.value, ins: [port('content', response)], outs: [{ cell: fileCell(m, save), role: 'content' }] });
    if (isTrue(save) === undefined) return { ...save, cell: response };
  }
  return resultOf(m, at, ref, call, response, sink ? { sink } : {});
}

/** The process waits for others. */
export function doListen(m: Machine, at: Place, ref: string, call: Call, api: Extract<Api, { do: 'listen' }>): Abs {
  const address = pick(call, api.host);
  const [first, second] = address?.list ? address.list.items : [address, pick(call, api.port)];
  const text = first === undefined ? undefined : strOf(first);
  const host: Value = first === undefined ? known(api.fallback ?? '0.0.0.0') : text === '' ? known('0.0.0.0') : first.value;
  state(m, at, { kind: 'listen', host, ...(second ? { port: second.value } : {}) });
  const sink = call.recv?.sink ?? m.ctx.local(`body@${at.start}:${at.end}`);
  const cell = call.recv?.cell ?? m.ctx.local(`heard@${at.start}:${at.end}`);
  edge(m, undefined, cell, at);
  return resultOf(m, at, ref, call, cell, { sink, value: textOf(host) === undefined ? { kind: 'unknown' } : host });
}
