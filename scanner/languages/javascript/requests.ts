/** Network APIs to request facts: where to, how, what goes along (body, query, headers) and where the answer rests. */
import type { Cell, FactDraft, Port } from '../../model.ts';
import { known, prefixOf, show } from '../../value.ts';
import { based, fromOptions, hostKnown, insecureIn, urlOf } from './addresses.ts';
import type { Row } from './apis/row.ts';
import { type Call, callBack } from './calls.ts';
import { option } from './options.ts';
import { type At, addPorts, cellAt, cellsOf, draftOf, newBox, portsOf, put, type Run, state } from './run.ts';
import { add, alternatives, asString, stringOf, type Thing, text, toValue, UNKNOWN, union } from './thing.ts';

type NetworkRow = Extract<Row, { do: 'fetch' | 'http' | 'client' | 'chain' | 'connect' | 'lookup' | 'socket' | 'service' | 'beacon' | 'configure' }>;

const isOptions = (thing: Thing | undefined): boolean =>
  thing?.box !== undefined && thing.box.items === undefined && thing.fn === undefined && thing.api !== 'URL()';

export interface Sent {
  readonly tool: string;
  readonly method: string;
  readonly url: Thing;
  readonly body?: readonly (Thing | undefined)[];
  readonly query?: readonly (Thing | undefined)[];
  readonly headers?: readonly (Thing | undefined)[];
  readonly insecure?: boolean;
}

/** States a request; alternatives of the address are requests of their own. Gives the response cell and the handle of the last. */
export function sendRequest(r: Run, at: At, sent: Sent, tag = 'response'): { readonly out: Cell; readonly handle: number } {
  const out = cellAt(r, at, tag);
  const list = (things: readonly (Thing | undefined)[] | undefined): readonly Cell[] =>
    union(...(things ?? []).map((thing) => (thing === undefined ? [] : cellsOf(r, thing, at))));
  const body = list(sent.body);
  const query = list(sent.query);
  const header = list(sent.headers);
  const from = cellsOf(r, sent.url, at);
  const hasBody = (sent.body ?? []).some((thing) => thing !== undefined && !(thing.known && (thing.prim === undefined || thing.prim === null)));
  let handle = -1;
  const urls = sent.url.box !== undefined && sent.url.box.items === undefined && sent.url.value === undefined ? [sent.url] : alternatives(sent.url);
  for (const one of urls) {
    const value = urlOf(one);
    const ports: Port[] = [...portsOf(body, 'body'), ...portsOf(query, 'query'), ...portsOf(header, 'header')];
    let carries = query.length > 0;
    if (from.length > 0) {
      // A known address that has data behind it has a default: what may replace it is the address, nothing is sent along.
      const complete = value.kind === 'template' && hostKnown(value);
      ports.push(...portsOf(from, complete ? 'query' : 'url'));
      if (complete) carries = true;
      else if (value.kind === 'template' && value.parts.length > 2 && show(value).includes('?')) ports.push(...portsOf(from, 'query'));
    }
    const method = sent.method.toUpperCase();
    handle = state(r, at, {
      kind: 'request',
      url: value,
      method,
      tool: sent.tool,
      ...(sent.insecure ? { insecure: true } : {}),
      ...(hasBody || ['POST', 'PUT', 'PATCH'].includes(method) ? { sends: true } : carries ? { carries: true } : {}),
      ins: ports,
      outs: [{ cell: out, role: 'response' }],
    } as FactDraft);
  }
  return { out, handle };
}

/** More data for a request that is being built. */
export function addTo(r: Run, handle: number, role: Port['role'], thing: Thing | undefined, at: At): void {
  const draft = draftOf(r, handle);
  if (draft === undefined || thing === undefined || thing.fn !== undefined) return;
  addPorts(draft.ins, portsOf(cellsOf(r, thing, at), role));
  if (role === 'body' && !(thing.known && (thing.prim === undefined || thing.prim === null))) draft.sends = true;
  if (role === 'query') draft.carries = true;
}

export function applyNetwork(r: Run, c: Call, row: NetworkRow): Thing {
  switch (row.do) {
    case 'fetch':
      return fetchLike(r, c, row);
    case 'http':
      return httpLike(r, c, row);
    case 'client':
      return clientLike(r, c, row);
    case 'chain': {
      const base = c.callee.with;
      const { out, handle } = sendRequest(r, c, {
        tool: row.tool,
        method: row.tool === 'superagent' && c.args[1] !== undefined ? (stringOf(c.args[0]) ?? 'GET') : row.method,
        url: based(r, option(base, 'baseURL'), row.tool === 'superagent' && c.args[1] !== undefined ? c.args[1] : c.args[0], c),
        body: [c.args[1]?.fn === undefined && row.tool !== 'superagent' ? c.args[1] : undefined],
      });
      return { cells: [out], api: 'request()', handle };
    }
    case 'connect':
      return connectLike(r, c, row);
    case 'lookup': {
      const name = c.args[0] ?? UNKNOWN;
      const from = cellsOf(r, name, c);
      const out = cellAt(r, c, 'response');
      for (const one of alternatives(name))
        state(r, c, {
          kind: 'request',
          url: toValue(asString(one)),
          method: 'DNS',
          tool: row.tool,
          ...(from.length > 0 ? { sends: true } : {}),
          ins: portsOf(from, 'query'),
          outs: [{ cell: out, role: 'response' }],
        });
      finish(r, c, out, 1);
      return { cells: [out] };
    }
    case 'socket': {
      const { out, handle } = sendRequest(r, c, {
        tool: row.tool,
        method: row.method,
        url: c.args[0] ?? UNKNOWN,
        headers: [option(c.args[2], 'headers') ?? option(c.args[1], 'headers')],
        insecure: insecureIn(c.args[1], c.args[2]),
      });
      return handleThing(r, 'socket()', handle, out, c);
    }
    case 'service': {
      const base = option(c.args[0], 'baseURL') ?? option(c.args[0], 'baseUrl');
      if (row.env !== undefined && (c.args.length === 0 || (isOptions(c.args[0]) && option(c.args[0], 'apiKey') === undefined)))
        state(r, c, { kind: 'env', name: known(row.env) });
      sendRequest(r, c, {
        tool: row.tool,
        method: 'POST',
        url: base !== undefined && stringOf(base) !== undefined ? base : { known: true, prim: row.address, cells: [] },
      });
      return UNKNOWN;
    }
    case 'beacon': {
      sendRequest(r, c, { tool: row.tool, method: 'POST', url: c.args[0] ?? UNKNOWN, body: [c.args[1]] });
      return UNKNOWN;
    }
    case 'configure':
      return { cells: [], api: row.api, ...(c.args[0] ? { with: c.args[0] } : c.callee.with ? { with: c.callee.with } : {}) };
  }
}

/** Something that stays open: kept by the identity of its box, so that later calls on the variable find it. */
export function handleThing(r: Run, api: string, handle: number, out: Cell, at: At): Thing {
  const box = newBox(r);
  put(r, box, 'data', { cells: [out] }, at);
  return { cells: [out], api, handle, box };
}

/** Old-style callback: error first where `index` is 1. */
function finish(r: Run, c: Call, out: Cell, index: 0 | 1): void {
  const callback = c.args.at(-1);
  const response: Thing = { cells: [out] };
  if (callback?.fn !== undefined) callBack(r, callback, index === 1 ? [UNKNOWN, response, response] : [response, response], c);
}

function fetchLike(r: Run, c: Call, row: Extract<Row, { do: 'fetch' }>): Thing {
  const [first] = c.args;
  // A Request object carries everything with it.
  if (first?.api === 'Request()' && first.handle !== undefined) return { cells: first.cells };
  const options = isOptions(first) && option(first, 'href') === undefined ? first : c.args.slice(1).find((arg) => isOptions(arg));
  const base = c.callee.with;
  const url = based(
    r,
    option(base, 'prefixUrl') ?? option(base, 'baseURL') ?? option(base, 'baseUrl'),
    options === first
      ? (option(first, 'url') ??
          option(first, 'uri') ??
          (option(first, 'hostname') !== undefined || option(first, 'host') !== undefined ? fromOptions(r, first!, 'https', c) : undefined))
      : first,
    c,
  );
  const body = ['body', 'json', 'form', 'data', 'formData', 'multipart']
    .map((name) => option(options, name))
    .filter((one) => one !== undefined && one.prim !== true && !(one.known && one.prim === undefined));
  const method =
    stringOf(option(options, 'method')) ??
    stringOf(option(options, 'type')) ??
    row.method ??
    (body.length > 0 && /^(?:got|request|ky|jQuery)/.test(row.tool) ? 'POST' : 'GET');
  // Options we cannot see into still go along.
  const unseen =
    options === undefined && c.args[1] !== undefined && c.args[1].fn === undefined
      ? c.args[1]
      : options?.box?.open
        ? { cells: options.cells }
        : undefined;
  const spread = options?.box?.open ? option(options, '\u00000') : undefined;
  const { out, handle } = sendRequest(r, c, {
    tool: row.tool,
    method,
    url,
    body: [...body, unseen, spread],
    query: ['query', 'params', 'searchParams', 'qs'].map((name) => option(options, name)),
    headers: [option(options, 'headers'), option(base, 'headers'), option(options, 'auth'), option(options, 'username'), option(options, 'password')],
    insecure: insecureIn(options, base, option(options, 'agentOptions')),
  });
  finish(r, c, out, 1);
  for (const name of ['success', 'complete']) {
    const callback = option(options, name);
    if (callback?.fn !== undefined) callBack(r, callback, [{ cells: [out] }], c);
  }
  return c.isNew ? { cells: [out], api: 'Request()', handle } : { cells: [out], ...(row.tool === 'request' ? { api: 'request()', handle } : {}) };
}

function httpLike(r: Run, c: Call, row: Extract<Row, { do: 'http' }>): Thing {
  const [first, second] = c.args;
  const options = isOptions(first) && option(first, 'href') === undefined ? first : isOptions(second) ? second : undefined;
  const url = options === first && first !== undefined ? fromOptions(r, first, row.scheme, c) : (first ?? UNKNOWN);
  const method = stringOf(option(options, 'method')) ?? row.method ?? 'GET';
  const { out, handle } = sendRequest(r, c, {
    tool: row.tool,
    method,
    url,
    headers: [option(options, 'headers'), option(options, 'auth')],
    insecure: insecureIn(options),
  });
  const result = handleThing(r, 'request()', handle, out, c);
  const callback = c.args.at(-1);
  if (callback?.fn !== undefined) callBack(r, callback, [{ cells: [out] }], c);
  return result;
}

function clientLike(r: Run, c: Call, row: Extract<Row, { do: 'client' }>): Thing {
  const base = c.callee.with;
  const [first] = c.args;
  const whole = row.method === undefined && isOptions(first) && option(first, 'href') === undefined ? first : undefined;
  const config = whole ?? (row.method === undefined ? c.args[1] : row.body ? c.args[2] : c.args[1]);
  const address = whole === undefined ? first : option(whole, 'url');
  const url = based(r, option(whole, 'baseURL') ?? option(config, 'baseURL') ?? option(base, 'baseURL'), address, c);
  const data = row.body ? c.args[1] : option(config, 'data');
  const method = row.method ?? stringOf(option(config, 'method')) ?? 'GET';
  const { out } = sendRequest(r, c, {
    tool: row.tool,
    method,
    url,
    body: [data?.fn === undefined ? data : undefined],
    query: [option(config, 'params')],
    headers: [option(config, 'headers'), option(base, 'headers'), option(config, 'auth')],
    insecure: insecureIn(config, base),
  });
  finish(r, c, out, row.tool.startsWith('needle') ? 1 : 0);
  return { cells: [out] };
}

function connectLike(r: Run, c: Call, row: Extract<Row, { do: 'connect' }>): Thing {
  const options = c.args.find((arg) => isOptions(arg));
  const scheme = row.method === 'SSH' ? 'ssh' : row.method === 'FTP' ? 'ftp' : row.tool.startsWith('tls') ? 'tls' : 'tcp';
  let url: Thing;
  if (options !== undefined) url = fromOptions(r, options, scheme, c);
  else {
    const [port, host] = c.args;
    if (row.tool.startsWith('http2') || (stringOf(port) ?? '').includes('://')) url = port ?? UNKNOWN;
    else if (port !== undefined && host !== undefined && host.fn === undefined) {
      const from = union(cellsOf(r, host, c), cellsOf(r, port, c));
      url = add(add(add(text(`${scheme}://`), asString(host), from), text(':'), from), asString(port), from);
    } else url = port === undefined ? UNKNOWN : typeof port.prim === 'number' ? add(text(`${scheme}://localhost:`), asString(port), []) : port;
  }
  const { out, handle } = sendRequest(r, c, { tool: row.tool, method: row.method, url, insecure: insecureIn(options) });
  let result: Thing;
  if (c.self?.box !== undefined && c.self.api !== undefined && /\(\)$/.test(c.self.api)) {
    r.handles.set(c.self.box.id, handle);
    put(r, c.self.box, '\0out', { cells: [out] }, c);
    result = { ...c.self, handle, cells: union(c.self.cells, [out]) };
  } else result = handleThing(r, 'socket()', handle, out, c);
  for (const arg of c.args) if (arg.fn !== undefined) callBack(r, arg, [], c);
  return result;
}

// ------------------------------------------------------------------------------------------------------------- handlers and setters

/** `ws.onmessage = f`, `img.src = url`, `location.href = url`. True if that was all it meant. */
export function setHandler(r: Run, object: Thing, api: string, key: string | undefined, value: Thing, at: At): boolean {
  if (key === undefined) return false;
  const handle = object.handle ?? (object.box === undefined ? undefined : r.handles.get(object.box.id));
  if (/^on[a-z]{3,30}$/.test(key) && value.fn !== undefined) {
    const draft = draftOf(r, handle);
    const from = draft === undefined ? object.cells : draft.outs.map((port) => port.cell);
    callBack(r, value, [{ cells: from, box: eventBox(r, from, at) }], at);
    if (draft === undefined) return false;
    return true;
  }
  if ((api === 'Image()' || api === 'Audio()' || api.startsWith('document.createElement()')) && (key === 'src' || key === 'href')) {
    if (value.cells.length > 0 || /^https?:/.test(prefixOf(toValue(value))))
      sendRequest(r, at, { tool: api === 'Image()' ? 'Image' : 'element', method: 'GET', url: value });
    return true;
  }
  if ((api === 'location' && key === 'href') || (api === 'document' && key === 'location') || (api === 'global' && key === 'location')) {
    if (value.cells.length > 0) sendRequest(r, at, { tool: 'location', method: 'GET', url: value });
    return true;
  }
  return false;
}

/** An event whose fields are what came in. */
function eventBox(r: Run, from: readonly Cell[], at: At): NonNullable<Thing['box']> {
  const box = newBox(r);
  for (const name of ['data', 'detail', 'body']) put(r, box, name, { cells: from }, at);
  box.open = true;
  return box;
}
