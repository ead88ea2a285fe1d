/** Imports and exports: builtin and package modules become API names, relative ones the cells of the module they resolve to. */
import type { ImportDeclaration, Node } from '@babel/types';
import * as cells from '../../cells.ts';
import { known } from '../../value.ts';
import { evaluate, named } from './expressions.ts';
import { classOf, closureOf } from './functions.ts';
import { member } from './members.ts';
import { canonical, moduleName } from './modules.ts';
import { type At, cellsOf, edge, type Run, state } from './run.ts';
import { declare, lookup } from './scope.ts';
import { executeNode } from './statements.ts';
import type { Thing } from './thing.ts';

const at = (node: Node): At => ({ start: node.start ?? 0, end: node.end ?? 0 });
const EXTENSIONS = [
  '',
  '.js',
  '.ts',
  '.mjs',
  '.cjs',
  '.mts',
  '.cts',
  '.jsx',
  '.tsx',
  '.json',
  '.node',
  '/index.js',
  '/index.ts',
  '/index.mjs',
  '/index.cjs',
  '/index.tsx',
];

/** Path of the shipped file a relative specifier means. */
export function resolveRelative(r: Run, specifier: string): string | undefined {
  const parts = r.ctx.file.path.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') {
      if (parts.length === 0) return undefined;
      parts.pop();
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  const path = parts.join('/');
  for (const extension of EXTENSIONS) if (r.ctx.paths.has(path + extension)) return path + extension;
  // TypeScript spells the compiled name.
  const source = path.replace(/\.([mc]?)js(x?)$/, '.$1ts$2');
  return source !== path && r.ctx.paths.has(source) ? source : undefined;
}

/** The module behind a specifier; states what loading it does. */
export function loadModule(r: Run, specifier: string, place: At, tool: string): Thing {
  if (/^https?:\/\//.test(specifier)) {
    state(r, place, {
      kind: 'install',
      manager: 'deno',
      name: known(specifier),
      pinned: /@v?\d+\.\d+\.\d+/.test(specifier),
      from: 'url',
      runs: true,
    });
    return { cells: [], api: `url:${specifier.slice(0, 100)}` };
  }
  if (/^data:/.test(specifier)) {
    const match = /^data:(?:text|application)\/(?:javascript|typescript|ecmascript)[^,]{0,60},/.exec(specifier);
    if (match !== null) {
      const body = specifier.slice(match[0].length);
      let source = body;
      try {
        source = match[0].includes('base64') ? Buffer.from(body, 'base64').toString('utf8') : decodeURIComponent(body);
      } catch {
        // Not a well-formed escape: read as it stands.
      }
      state(r, place, { kind: 'exec', how: 'eval', program: known(tool), argv: [], code: 'argument' });
      r.ctx.embed(
        'javascript',
        source,
        { kind: 'collapsed', ...place },
        { role: 'decoded', unwrapped: match[0].includes('base64') ? ['base64'] : ['data URL'] },
      );
      return { cells: [] };
    }
  }
  if (/^\.{1,2}(?:\/|$)/.test(specifier) || specifier.startsWith('#/') || specifier.startsWith('file:')) {
    const path = resolveRelative(r, specifier.split(/[?#]/, 1)[0]!);
    const value = known(path === undefined ? specifier : specifier);
    state(r, place, {
      kind: 'exec',
      how: 'import',
      program: known(tool),
      argv: [],
      code: 'file',
      path: value,
      ins: [{ cell: cells.path(value, r.ctx.unit.id), role: 'code' }],
    });
    if (path === undefined) return { cells: [] };
    if (path.endsWith('.json')) return { cells: [] };
    return { cells: [], api: `rel:${path.replace(/\.[^./]+$/, '')}#*` };
  }
  if (specifier.startsWith('/') || specifier.startsWith('~')) {
    state(r, place, {
      kind: 'exec',
      how: 'import',
      program: known(tool),
      argv: [],
      code: 'file',
      path: known(specifier),
      ins: [{ cell: cells.path(known(specifier), r.ctx.unit.id), role: 'code' }],
    });
    return { cells: [] };
  }
  const name = moduleName(specifier);
  if (/^(?:npm|jsr):/.test(specifier))
    state(r, place, {
      kind: 'install',
      manager: 'deno',
      name: known(specifier),
      pinned: /@\d+\.\d+\.\d+$/.test(specifier),
      from: 'registry',
      runs: true,
    });
  return { cells: [], api: canonical(name) };
}

export function importNode(r: Run, node: ImportDeclaration): void {
  if (node.importKind === 'type' || node.importKind === 'typeof') return;
  const module = loadModule(r, node.source.value, at(node), 'import');
  for (const specifier of node.specifiers) {
    const place = at(specifier);
    if (specifier.type === 'ImportNamespaceSpecifier') declare(r, r.scope, specifier.local.name, module, place);
    else if (specifier.type === 'ImportDefaultSpecifier')
      declare(
        r,
        r.scope,
        specifier.local.name,
        module.api?.startsWith('rel:') ? { ...module, api: `${module.api.slice(0, -1)}default` } : module,
        place,
      );
    else {
      if (specifier.importKind === 'type') continue;
      const name = specifier.imported.type === 'Identifier' ? specifier.imported.name : specifier.imported.value;
      declare(
        r,
        r.scope,
        specifier.local.name,
        module.api?.startsWith('rel:') && name === 'default'
          ? { ...module, api: `${module.api.slice(0, -1)}default` }
          : module.api === undefined
            ? { cells: [] }
            : member(r, module, name, place),
        place,
      );
    }
  }
}

/** Makes a thing known to other modules under `name`. */
export function exportThing(r: Run, name: string, thing: Thing, place: At): void {
  if (r.ctx.unit.role !== 'file') return;
  r.exports.set(name, thing);
  const { module } = r.ctx;
  const link = (outer: string, inner: string, params: number): void => {
    if (outer === inner) return;
    for (let index = 0; index < Math.min(params, 12); index++)
      edge(r, [cells.param(module, outer, index)], cells.param(module, inner, index), place, 'import');
    edge(r, [cells.result(module, inner)], cells.result(module, outer), place, 'import');
  };
  if (thing.fn !== undefined) {
    r.exportedNames.add(thing.fn.name);
    link(name, thing.fn.name, thing.fn.info.like.params.length);
    return;
  }
  if (thing.cls !== undefined) {
    r.exportedNames.add(thing.cls.name);
    const { props } = thing.cls.instance.box!;
    for (const [key, method] of props) if (method.fn !== undefined) link(`${name}.${key}`, method.fn.name, method.fn.info.like.params.length);
    if (thing.cls.construct !== undefined) link(`${name}.constructor`, thing.cls.construct.name, thing.cls.construct.info.like.params.length);
    return;
  }
  if (thing.api !== undefined && thing.box === undefined) return;
  if (thing.known && thing.cells.length === 0) return;
  if (name === 'default' && thing.box !== undefined && thing.box.items === undefined) {
    for (const [key, value] of thing.box.props) if (value.fn !== undefined) link(key, value.fn.name, value.fn.info.like.params.length);
  }
  edge(r, cellsOf(r, thing, place), cells.exported(module, name), place, 'import');
}

export function exportNode(r: Run, node: Node): void {
  if (node.type === 'ExportNamedDeclaration') {
    if (node.declaration) {
      executeNode(r, node.declaration);
      const { declaration } = node;
      const names: string[] = [];
      if (declaration.type === 'VariableDeclaration') {
        for (const one of declaration.declarations) {
          if (one.id.type === 'Identifier') names.push(one.id.name);
          else if (one.id.type === 'ObjectPattern')
            for (const property of one.id.properties)
              if (property.type === 'ObjectProperty' && property.value.type === 'Identifier') names.push(property.value.name);
        }
      } else if ('id' in declaration && declaration.id && declaration.id.type === 'Identifier') names.push(declaration.id.name);
      for (const name of names) {
        const thing = lookup(r.scope, name)?.thing;
        if (thing !== undefined) exportThing(r, name, thing, at(node));
      }
    }
    if (node.source) {
      const module = loadModule(r, node.source.value, at(node), 'export');
      for (const specifier of node.specifiers) {
        if (specifier.type !== 'ExportSpecifier' || module.api === undefined) continue;
        const name = specifier.exported.type === 'Identifier' ? specifier.exported.name : specifier.exported.value;
        forward(r, module.api, specifier.local.name, name, at(node));
      }
      return;
    }
    for (const specifier of node.specifiers) {
      if (specifier.type !== 'ExportSpecifier') continue;
      const thing = lookup(r.scope, specifier.local.name)?.thing;
      const name = specifier.exported.type === 'Identifier' ? specifier.exported.name : specifier.exported.value;
      if (thing !== undefined) exportThing(r, name, thing, at(specifier));
    }
    return;
  }
  if (node.type === 'ExportDefaultDeclaration') {
    const { declaration } = node;
    let thing: Thing;
    if (declaration.type === 'FunctionDeclaration')
      thing =
        (declaration.id ? lookup(r.scope, declaration.id.name)?.thing : undefined) ?? closureOf(r, declaration, declaration.id?.name ?? 'default');
    else if (declaration.type === 'ClassDeclaration') {
      executeNode(r, declaration);
      thing = classOf(r, declaration, declaration.id?.name ?? 'default');
    } else thing = named(r, declaration, 'default');
    exportThing(r, 'default', thing, at(node));
    if (thing.box !== undefined) for (const [name, one] of thing.box.props) exportThing(r, name, one, at(node));
    return;
  }
  if (node.type === 'ExportAllDeclaration') {
    loadModule(r, node.source.value, at(node), 'export');
    return;
  }
  if (node.type === 'TSExportAssignment') {
    exportThing(r, 'default', evaluate(r, node.expression), at(node));
    return;
  }
  if (node.type === 'TSImportEqualsDeclaration') {
    const { moduleReference } = node;
    if (moduleReference.type === 'TSExternalModuleReference')
      declare(r, r.scope, node.id.name, loadModule(r, moduleReference.expression.value, at(node), 'import'), at(node.id));
  }
}

/** `export { a as b } from './x'`. */
function forward(r: Run, api: string, from: string, to: string, place: At): void {
  if (!api.startsWith('rel:') || r.ctx.unit.role !== 'file') return;
  const other = api.slice(4, api.indexOf('#'));
  const { module } = r.ctx;
  for (let index = 0; index < 6; index++) edge(r, [cells.param(module, to, index)], cells.param(other, from, index), place, 'import');
  edge(r, [cells.result(other, from)], cells.result(module, to), place, 'import');
  edge(r, [cells.exported(other, from)], cells.exported(module, to), place, 'import');
}
