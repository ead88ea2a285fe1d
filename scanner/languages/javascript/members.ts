/** Member access: APIs by dotted name, fields of local objects, characters of constants; and what reading or setting a well-known member means. */
import type { MemberExpression, Node, OptionalMemberExpression } from '@babel/types';
import * as cells from '../../cells.ts';
import { known, template } from '../../value.ts';
import { evaluate } from './expressions.ts';
import { exportThing } from './imports.ts';
import { BUILTIN, canonical, GLOBAL_OBJECTS, GLOBALS, REFLECTIVE } from './modules.ts';
import { setHandler } from './requests.ts';
import { type At, cellAt, cellsOf, edge, gather, put, type Run, relativeOf, state } from './run.ts';
import { either, fromValue, keyOf, prim, stringOf, type Thing, text, toValue, UNDEFINED, UNKNOWN, union } from './thing.ts';

export interface Member {
  readonly object: Thing;
  readonly key: string | undefined;
  readonly keyThing: Thing | undefined;
  readonly value: Thing;
}

export function memberNode(r: Run, node: MemberExpression | OptionalMemberExpression): Member {
  const object = evaluate(r, node.object);
  let key: string | undefined;
  let keyThing: Thing | undefined;
  if (node.computed) {
    keyThing = evaluate(r, node.property);
    key = keyOf(keyThing);
  } else if (node.property.type === 'Identifier') key = node.property.name;
  else if (node.property.type === 'PrivateName') key = `#${node.property.id.name}`;
  return { object, key, keyThing, value: member(r, object, key, { start: node.start ?? 0, end: node.end ?? 0 }, keyThing) };
}

/** What arrays have of their own; anything else read from one is undefined. */
const ARRAY_MEMBERS: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Array.prototype));

const CI_NAMES = new Set([
  'CI',
  'GITHUB_ACTIONS',
  'GITLAB_CI',
  'TRAVIS',
  'CIRCLECI',
  'JENKINS_URL',
  'BUILD_ID',
  'TF_BUILD',
  'CONTINUOUS_INTEGRATION',
  'BUILDKITE',
  'CODESPACES',
]);
const USER_NAMES = new Set(['USER', 'USERNAME', 'LOGNAME', 'SUDO_USER']);
const HOST_NAMES = new Set(['HOSTNAME', 'COMPUTERNAME', 'USERDOMAIN']);

/** `process.env.NAME`. */
export function readEnv(r: Run, name: string | undefined, at: At): Thing {
  const out = cellAt(r, at, 'env');
  if (name === undefined) {
    state(r, at, { kind: 'env', name: { kind: 'unknown' }, outs: [{ cell: out, role: 'value' }] });
    return { cells: [out] };
  }
  state(r, at, { kind: 'env', name: known(name), outs: [{ cell: out, role: 'value' }] });
  edge(r, [cells.env(name)], out, at, 'assign');
  const tag = CI_NAMES.has(name) ? 'ci' : USER_NAMES.has(name) ? 'user' : HOST_NAMES.has(name) ? 'host' : undefined;
  return { cells: [out], value: template([{ env: name }]), ...(tag ? { tag } : {}) };
}

/** Members that are values, not functions. */
function apiMember(r: Run, object: Thing, name: string, key: string, at: At): Thing | undefined {
  switch (name) {
    case 'document.cookie':
    case 'navigator.clipboard':
      if (name === 'navigator.clipboard') return undefined;
      {
        const out = cellAt(r, at, 'capture');
        state(r, at, { kind: 'capture', what: 'browser', tool: name, outs: [{ cell: out, role: 'value' }] });
        return { cells: [out] };
      }
    case 'import.meta.url':
    case 'import.meta.filename':
      return fromValue(template([{ name: '__dirname' }, `/${r.ctx.file.path.slice(r.ctx.file.path.lastIndexOf('/') + 1)}`]), []);
    case 'import.meta.dirname':
      return fromValue(template([{ name: '__dirname' }]), []);
    case 'path.sep':
    case 'path.posix.sep':
      return text('/');
    case 'os.EOL':
      return text('\n');
    case 'path.posix':
    case 'path.win32':
      return { cells: [], api: 'path' };
    case 'process.execPath':
      return text('node');
    case 'process.execArgv':
      return { cells: [], tag: 'debugger' };
    case 'process.argv0':
    case 'process.platform':
    case 'process.arch':
    case 'process.pid':
    case 'process.version':
      return { cells: [], value: template([{ name: key }]) };
    case 'os.userInfo().username':
    case 'os.userInfo().homedir':
      return key === 'homedir' ? text('~') : { cells: object.cells, value: template([{ name: 'username' }]), tag: 'user' };
    case 'module.exports':
      return { cells: [], api: 'exports' };
    case 'require.cache':
    case 'require.extensions':
      return { cells: [], api: name };
    case 'Symbol.iterator':
    case 'Symbol.asyncIterator':
      return text(`@@${key}`);
    default:
      return undefined;
  }
}

/** `object.key`; `key` undefined when it cannot be folded. */
export function member(r: Run, object: Thing, key: string | undefined, at: At, keyThing?: Thing): Thing {
  if (object.alts !== undefined && object.alts.length > 1) {
    let out: Thing | undefined;
    for (const alt of object.alts) {
      const one = memberOne(
        r,
        alt === object || alt.alts !== undefined ? { ...alt, alts: [] } : { ...alt, cells: union(alt.cells, object.cells) },
        key,
        at,
        keyThing,
      );
      out = out === undefined ? one : either(out, one, union(out.cells, one.cells));
    }
    return out ?? UNKNOWN;
  }
  return memberOne(r, object, key, at, keyThing);
}

function memberOne(r: Run, object: Thing, key: string | undefined, at: At, keyThing?: Thing): Thing {
  const { box, api } = object;
  if (key === undefined) {
    if (keyThing?.alts !== undefined && keyThing.alts.length > 1) {
      let out: Thing | undefined;
      for (const alt of keyThing.alts) {
        const folded = keyOf(alt);
        if (folded === undefined) continue;
        const one = memberOne(r, object, folded, at);
        out = out === undefined ? one : either(out, one, union(out.cells, one.cells));
      }
      if (out !== undefined) return out;
    }
    if (api === 'process.env' && box === undefined) return readEnv(r, undefined, at);
    if (api !== undefined && REFLECTIVE.has(api)) return { cells: keyThing === undefined ? [] : keyThing.cells, api: `#reflect:${api}` };
    if (box?.items !== undefined && box.items.length > 0 && box.items.length <= 4 && !box.open)
      return box.items.reduce((all, item) => either(all, item, union(all.cells, item.cells)));
    if (box !== undefined && box.items === undefined && box.props.size > 0) {
      // A handler out of a local table: any of them.
      let out: Thing | undefined;
      let count = 0;
      for (const value of box.props.values()) {
        if (count++ > 3) break;
        out = out === undefined ? value : either(out, value, union(out.cells, value.cells));
      }
      return { ...(out ?? UNKNOWN), cells: union(out?.cells ?? [], box.home === undefined ? [] : [box.home]) };
    }
    return { cells: cellsOf(r, object, at) };
  }
  if (box !== undefined) {
    const own = box.props.get(key);
    if (own !== undefined)
      return object.cells.length > 0 && !own.known && own.fn === undefined
        ? { ...own, cells: union(own.cells, own.cells.length > 0 ? [] : object.cells) }
        : own;
    if (box.items !== undefined) {
      if (key === 'length' && !box.open) return prim(box.items.length);
      if (box.shuffled && /^\d{1,6}$/.test(key)) return { cells: union(object.cells, box.home === undefined ? [] : [box.home]) };
      if (/^\d{1,6}$/.test(key)) {
        const item = box.items[Number(key)];
        if (item !== undefined) return item;
        if (!box.open && object.cells.length === 0 && box.home === undefined) return UNDEFINED;
      }
    }
  }
  if (object.known && object.prim !== undefined && object.prim !== null) {
    const string = typeof object.prim === 'string' ? object.prim : undefined;
    if (string !== undefined && key === 'length') return prim(string.length);
    if (string !== undefined && /^\d{1,7}$/.test(key))
      return string[Number(key)] === undefined ? UNDEFINED : text(string[Number(key)]!, object.wraps);
    if (key === 'constructor')
      return { cells: [], api: typeof object.prim === 'string' ? 'String' : typeof object.prim === 'number' ? 'Number' : 'Boolean' };
    return { cells: object.cells, api: `#method:${key}` };
  }
  if (key === 'constructor') {
    if (object.fn !== undefined || object.cls !== undefined) return { cells: [], api: 'Function' };
    if (box !== undefined && api === undefined) return { cells: [], api: box.items !== undefined ? 'Array' : 'Object' };
    if (api !== undefined && !api.endsWith('()') && api !== '#ctor-of') return { cells: [], api: api === 'module' ? 'module' : 'Function' };
    return { cells: [], api: 'Object' };
  }
  if (object.fn !== undefined || object.sink !== undefined) {
    if (key === 'call' || key === 'apply' || key === 'bind') return { cells: [], api: `#${key}`, with: object };
    return { cells: [], api: '#method:' };
  }
  if (object.cls !== undefined) {
    const own = object.cls.statics.props.get(key);
    return own ?? (key === 'prototype' ? object.cls.instance : UNKNOWN);
  }
  if (api !== undefined) return memberOfApi(r, object, api, key, at);
  if (object.regexp !== undefined) return { cells: [], api: `RegExp().${key}` };
  if (box?.items !== undefined) {
    if (ARRAY_MEMBERS.has(key)) return { cells: object.cells, api: `#method:${key}` };
    return box.open || box.home !== undefined || object.cells.length > 0 ? { cells: cellsOf(r, object, at) } : UNDEFINED;
  }
  const from = cellsOf(r, object, at);
  return {
    cells: from,
    name: key,
    ...(object.tag !== undefined ? { tag: object.tag } : {}),
    ...(object.handle !== undefined ? { handle: object.handle } : {}),
  };
}

function memberOfApi(r: Run, object: Thing, api: string, key: string, at: At): Thing {
  if (api === 'process.env') return key === '' ? UNKNOWN : readEnv(r, key, at);
  if (api === 'global' || api === 'global.this') return GLOBAL_OBJECTS.has(key) ? { cells: [], api: 'global' } : readFree(r, key);
  if (api === 'process.argv') {
    if (/^\d{1,3}$/.test(key))
      return Number(key) < 2 ? { cells: [], name: `argv${key}` } : { cells: [r.ctx.arg(Number(key) - 1)], name: `argv${key}` };
    return { cells: [r.ctx.arg('*')], api: `#method:${key}` };
  }
  if (api === 'exports') return r.exports.get(key) ?? UNKNOWN;
  if (api.startsWith('#')) {
    // Methods of methods: `[].filter.constructor`.
    if (key === 'call' || key === 'apply' || key === 'bind') return { cells: [], api: `#${key}`, with: object };
    return { cells: object.cells, api: `#method:${key}` };
  }
  if (api.startsWith('rel:')) {
    const [module, name] = relativeOf(api);
    if (key === 'call' || key === 'apply' || key === 'bind') return { cells: [], api: `#${key}`, with: object };
    if (api.endsWith('#*') || name === 'default') return { cells: object.cells, api: `rel:${module}#${key}` };
    return {
      cells: union(object.cells, api.includes('()') ? [] : [cells.exported(module, name)]),
      api: api.length > 160 ? `rel:${module}#${key}` : `rel:${module}#${name.replace('()', '')}.${key}`,
    };
  }
  const name = canonical(`${api}.${key}`);
  const special = apiMember(r, object, name, key, at);
  if (special !== undefined) return special;
  if ((key === 'call' || key === 'apply' || key === 'bind') && api !== 'Reflect') return { cells: [], api: `#${key}`, with: object };
  if (name === '') return { cells: object.cells };
  return {
    cells: object.cells,
    api: name,
    ...(object.with ? { with: object.with } : {}),
    ...(object.handle !== undefined ? { handle: object.handle } : {}),
    ...(object.tag ? { tag: object.tag } : {}),
    ...(object.regexp ? { regexp: object.regexp } : {}),
    name: key,
  };
}

/** An identifier nobody declared. */
export function readFree(r: Run, name: string): Thing {
  if (GLOBAL_OBJECTS.has(name)) return { cells: [], api: 'global' };
  if (name === '__dirname') return fromValue(template([{ name: '__dirname' }]), []);
  if (name === '__filename')
    return fromValue(template([{ name: '__dirname' }, `/${r.ctx.file.path.slice(r.ctx.file.path.lastIndexOf('/') + 1)}`]), []);
  const global = r.global.vars?.get(name);
  if (global !== undefined) return global.thing;
  if (GLOBALS.has(name) || BUILTIN.has(name)) return { cells: [], api: canonical(name) };
  // A piece of code on a page leaves the import out; no other well-known function has these names.
  if (/^(?:spawnSync|execSync|execFileSync|execFile)$/.test(name)) return { cells: [], api: `child_process.${name}` };
  return { cells: [], name };
}

// ------------------------------------------------------------------------------------------------------------------- assignment

/** `object.key = value`. */
export function assignMember(r: Run, object: Thing, key: string | undefined, value: Thing, at: At, _target?: Node): void {
  const { api, box } = object;
  if (api === 'process.env' && box === undefined) {
    if (key === undefined) return;
    edge(r, cellsOf(r, value, at), cells.env(key), at, 'assign');
    if (key === 'NODE_TLS_REJECT_UNAUTHORIZED' && (value.prim === '0' || value.prim === 0))
      state(r, at, { kind: 'config', system: 'node', key, value: known('0'), effect: 'disable-tls', via: 'command' });
    else if (
      (key === 'NODE_OPTIONS' && /--require|--import|-r /.test(stringOf(value) ?? '')) ||
      key === 'LD_PRELOAD' ||
      key === 'DYLD_INSERT_LIBRARIES'
    )
      state(r, at, { kind: 'config', system: 'os', key, value: toValue(value), effect: 'preload-code', via: 'command' });
    return;
  }
  if (api === 'exports' || (api === 'module' && key === 'exports') || (api === 'global.this' && key !== undefined && r.frame.closure === undefined)) {
    if (api === 'module') {
      exportThing(r, 'default', value, at);
      if (value.box !== undefined) for (const [name, one] of value.box.props) exportThing(r, name, one, at);
    } else if (key !== undefined) exportThing(r, key, value, at);
    return;
  }
  if (api === 'global' && key !== undefined) {
    r.global.vars ??= new Map();
    if (value.fn !== undefined || value.cells.length > 0 || value.known)
      r.global.vars.set(key, { name: key, thing: value, certainty: r.weak, base: key, version: 0, cell: undefined });
  }
  if (api !== undefined && setHandler(r, object, api, key, value, at)) return;
  if (api === 'document' && key === 'cookie') return;
  if (
    api === 'require.extensions' ||
    api === 'module._extensions' ||
    (api === 'module' && key === '_load') ||
    (api === 'module.prototype' && key === 'require')
  ) {
    state(r, at, { kind: 'exec', how: 'reflect', program: known('require hook'), argv: [] });
  }
  if (object.cls !== undefined) {
    put(r, object.cls.statics, key, value, at);
    return;
  }
  if (box !== undefined) {
    const before = key === undefined ? undefined : box.props.get(key);
    if (value.known === true && before?.prim !== value.prim) r.progress++;
    let joined = before === undefined || r.weak === 0 ? value : either(before, value, union(before.cells, value.cells));
    if (joined.cells.length > 6) joined = { ...joined, cells: gather(r, joined.cells, at, 'assign') };
    put(
      r,
      box,
      key,
      joined.known || joined.fn !== undefined ? joined : { ...joined, ...(joined.name === undefined && key !== undefined ? { name: key } : {}) },
      at,
    );
    if (key !== undefined && value.fn === undefined && value.cells.length > 0 && r.weak > 0) shareField(r, box, key, value, at);
    return;
  }
  // An object we know nothing of: what is put in comes out again.
  if (value.cells.length > 0 && object.cells.length > 0)
    for (const cell of object.cells.slice(0, 4)) if (cell.startsWith('local:')) edge(r, value.cells, cell, at, 'assign');
}

/** Fields that late calls set keep one cell, so that methods walked before see it. */
function shareField(r: Run, box: NonNullable<Thing['box']>, key: string, value: Thing, at: At): void {
  const cell = r.ctx.local(`{}${box.id}.${key}`);
  edge(r, value.cells, cell, at, 'assign');
  const now = box.props.get(key);
  if (now !== undefined) box.props.set(key, { ...now, cells: union(now.cells, [cell]) });
}
