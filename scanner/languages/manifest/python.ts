/**
 * Python's package files: `pyproject.toml`, `requirements*.txt`, `setup.cfg`, `Pipfile`, `environment.yml`, and the settings of pip, uv and conda. Building a package runs its
 * build backend, so a backend that lies in the tree, like `setup.py`, runs on `pip install`.
 */

import { known } from '../../value.ts';
import type { ReadContext } from '../contract.ts';
import { command, type Doc, declare, entriesAt, install, judgeSettings, state, use } from '../data/doc.ts';
import { find, type Node, spell, textAt, textOfNode, textsOf } from '../data/tree.ts';
import { registry } from './npm.ts';
import { isDefaultRegistry, pipSpec } from './packages.ts';

const specs = (doc: Doc, nodes: readonly Node[], manager = 'pip'): void => {
  for (const node of nodes)
    for (const text of textsOf(node)) {
      doc.ctx.step();
      for (const line of text.text.split('\n')) {
        const wanted = pipSpec(line, manager);
        if (wanted !== undefined) install(doc, text, wanted);
      }
    }
};

/** A dependency table of poetry, Pipfile or uv: `name = "^1"` or `name = { git = "…", rev = "…" }`. */
function table(doc: Doc, nodes: readonly Node[]): void {
  for (const { key, value } of entriesAt(nodes)) {
    if (key === 'python' || key === 'python_version') continue;
    const git = textAt(value, 'git') ?? textAt(value, 'hg');
    const url = textAt(value, 'url') ?? textAt(value, 'file');
    const folder = textAt(value, 'path');
    const version = textOfNode(value) ?? textAt(value, 'version');
    const rev = textAt(value, 'rev') ?? textAt(value, 'ref');
    if (git !== undefined)
      install(doc, value, {
        manager: 'pip',
        name: git,
        ...(rev === undefined ? {} : { version: rev }),
        pinned: rev !== undefined && /^[0-9a-f]{40}$/.test(rev),
        from: 'vcs',
      });
    else if (url !== undefined) install(doc, value, { manager: 'pip', name: url, pinned: false, from: 'url' });
    else if (folder !== undefined) install(doc, value, { manager: 'pip', name: folder, pinned: true, from: 'file' });
    else
      install(doc, value, {
        manager: 'pip',
        name: key,
        ...(version === undefined ? {} : { version }),
        pinned: version !== undefined && /^={0,3}\s?\d[\w.]{0,60}$/.test(version),
        from: 'registry',
      });
  }
}

export function readPyproject(doc: Doc): void {
  const { root } = doc.tree;
  specs(doc, [
    ...find(root, 'project', 'dependencies'),
    ...find(root, 'project', 'optional-dependencies', '*'),
    ...find(root, 'dependency-groups', '*'),
    ...find(root, 'build-system', 'requires'),
    ...find(root, 'tool', 'uv', 'dev-dependencies'),
  ]);
  table(doc, [
    ...find(root, 'tool', 'poetry', 'dependencies'),
    ...find(root, 'tool', 'poetry', 'dev-dependencies'),
    ...find(root, 'tool', 'poetry', 'group', '*', 'dependencies'),
  ]);
  for (const { key, value } of entriesAt(find(root, 'tool', 'uv', 'sources')))
    for (const source of value.kind === 'list' ? value.items : [value])
      if (textAt(source, 'git') ?? textAt(source, 'url') ?? textAt(source, 'path'))
        table(doc, [{ kind: 'map', start: value.start, end: value.end, entries: [{ key, keyAt: value, value: source }] }]);
  for (const node of find(root, 'build-system', 'backend-path')) {
    state(
      doc,
      node,
      'pip',
      'build-system.backend-path',
      `${spell(node)} ${textAt(root, 'build-system', 'build-backend') ?? ''}`.trim(),
      'preload-code',
    );
  }
  for (const path of [
    ['tool', 'uv', 'index', '*', 'url'],
    ['tool', 'uv', 'index-url'],
    ['tool', 'uv', 'extra-index-url'],
    ['tool', 'uv', 'find-links'],
    ['tool', 'poetry', 'source', '*', 'url'],
    ['tool', 'pdm', 'source', '*', 'url'],
    ['tool', 'uv', 'pip', 'index-url'],
    ['tool', 'uv', 'pip', 'extra-index-url'],
    ['tool', 'pip', 'index-url'],
  ]) {
    for (const node of find(root, ...path))
      for (const item of node.kind === 'list' ? node.items : [node])
        registry(doc, item, 'pip', path.filter((key) => key !== '*').join('.'), textOfNode(item) ?? '');
  }
  for (const node of find(root, 'tool', 'uv', 'allow-insecure-host'))
    state(doc, node, 'pip', 'tool.uv.allow-insecure-host', spell(node), 'disable-tls');
  for (const { keyAt, key } of entriesAt([
    ...find(root, 'project', 'scripts'),
    ...find(root, 'tool', 'poetry', 'scripts'),
    ...find(root, 'project', 'gui-scripts'),
  ]))
    doc.ctx.fact(keyAt.start, keyAt.end, { kind: 'declare', what: 'bin', value: known(key) });
  for (const path of [
    ['tool', 'hatch', 'build', 'hooks', 'custom', 'path'],
    ['tool', 'poetry', 'build', 'script'],
    ['tool', 'pdm', 'build', 'custom-hook'],
    ['tool', 'hatch', 'metadata', 'hooks', 'custom', 'path'],
  ]) {
    for (const node of find(root, ...path)) state(doc, node, 'pip', path.slice(1).join('.'), spell(node), 'preload-code');
  }
  for (const path of [
    ['tool', 'poe', 'tasks', '*'],
    ['tool', 'poe', 'tasks', '*', 'cmd'],
    ['tool', 'poe', 'tasks', '*', 'shell'],
    ['tool', 'taskipy', 'tasks', '*'],
    ['tool', 'pdm', 'scripts', '*'],
    ['tool', 'pdm', 'scripts', '*', 'cmd'],
    ['tool', 'pdm', 'scripts', '*', 'shell'],
    ['tool', 'hatch', 'envs', '*', 'scripts', '*'],
    ['tool', 'pixi', 'tasks', '*'],
    ['tool', 'pixi', 'tasks', '*', 'cmd'],
  ]) {
    for (const node of find(root, ...path)) for (const text of textsOf(node)) command(doc, text, 'project task', 'callable');
  }
  for (const node of [...find(root, 'tool', 'pdm', 'scripts', 'post_install'), ...find(root, 'tool', 'pdm', 'scripts', 'pre_install')])
    if (node.kind === 'text') state(doc, node, 'pip', 'tool.pdm.scripts', node.text, 'add-hook');
  for (const [what, key] of [
    ['name', 'name'],
    ['version', 'version'],
    ['description', 'description'],
    ['license', 'license'],
  ] as const) {
    declare(doc, find(root, 'project', key).at(-1) ?? find(root, 'tool', 'poetry', key).at(-1), what);
  }
  for (const node of [
    ...find(root, 'project', 'dependencies'),
    ...find(root, 'project', 'optional-dependencies'),
    ...find(root, 'project', 'classifiers'),
    ...find(root, 'project', 'urls'),
    ...find(root, 'build-system'),
    ...find(root, 'project', 'authors'),
  ])
    use(doc, node);
}

export function readSetupCfg(doc: Doc): void {
  const { root } = doc.tree;
  specs(doc, [
    ...find(root, 'options', 'install_requires'),
    ...find(root, 'options', 'setup_requires'),
    ...find(root, 'options', 'tests_require'),
    ...find(root, 'options.extras_require', '*'),
  ]);
  for (const [what, key] of [
    ['name', 'name'],
    ['version', 'version'],
    ['description', 'description'],
  ] as const)
    declare(doc, find(root, 'metadata', key).at(-1), what);
  for (const node of find(root, 'easy_install', 'index_url')) registry(doc, node, 'pip', 'easy_install.index_url', textOfNode(node) ?? '');
}

export function readPipfile(doc: Doc): void {
  const { root } = doc.tree;
  table(doc, [...find(root, 'packages'), ...find(root, 'dev-packages')]);
  for (const node of find(root, 'source', '*', 'url')) registry(doc, node, 'pip', 'source.url', textOfNode(node) ?? '');
  for (const node of find(root, 'source', '*', 'verify_ssl'))
    if (textOfNode(node) === 'false') state(doc, node, 'pip', 'source.verify_ssl', 'false', 'disable-tls');
  for (const node of find(root, 'scripts', '*')) if (node.kind === 'text') command(doc, node, 'pipenv script', 'callable');
}

/** `pip.conf`, `uv.toml`, `.pypirc`: any section. */
export function readPipConfig(doc: Doc): void {
  const visit = (node: Node, path: string): void => {
    if (node.kind === 'map') for (const entry of node.entries) visit(entry.value, path === '' ? entry.key : `${path}.${entry.key}`);
    else if (node.kind === 'list') for (const item of node.items) visit(item, path);
    else if (/(?:^|\.)(?:extra[-_])?(?:index[-_]url|index\.url|default-index|find[-_]links|repository)$/.test(path))
      for (const url of node.text.split(/\s/)) registry(doc, node, 'pip', path, url);
  };
  if (doc.tree.root !== undefined) visit(doc.tree.root, '');
  judgeSettings(doc, 'pip', doc.tree.root);
}

export function readConda(doc: Doc): void {
  const { root } = doc.tree;
  for (const node of [
    ...find(root, 'channels', '*'),
    ...find(root, 'default_channels', '*'),
    ...find(root, 'channel_alias'),
    ...find(root, 'custom_channels', '*'),
  ]) {
    const text = textOfNode(node) ?? '';
    if (/^[a-z]{2,8}:\/\//i.test(text) && !isDefaultRegistry('conda', text)) state(doc, node, 'conda', 'channels', text, 'redirect-registry');
  }
  for (const node of find(root, 'ssl_verify'))
    if (/^(?:false|no|off)$/i.test(textOfNode(node) ?? '')) state(doc, node, 'conda', 'ssl_verify', 'false', 'disable-tls');
  for (const node of find(root, 'dependencies', '*')) {
    if (node.kind === 'text') {
      const [name = '', version] = node.text.replace(/^.{0,100}::/, '').split(/[ =<>!~]{1,3}/);
      install(doc, node, {
        manager: 'conda',
        name,
        ...(version ? { version } : {}),
        pinned: /=\s?\d/.test(node.text) && !/[<>*~]/.test(node.text),
        from: 'registry',
      });
    }
  }
  specs(doc, find(root, 'dependencies', '*', 'pip'));
}

const LONG =
  /^(-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host|-e|--editable|-r|--requirement|-c|--constraint|--pre|--no-index|--require-hashes)(?:[ =]{1,10}|(?=https?:))(.{0,1000})$/;

/** `requirements.txt`: specifiers, options, continuation lines. Works on text, since lines are its grammar. */
export function readRequirements(source: string, ctx: ReadContext): void {
  let at = 0;
  const say = (start: number, end: number, key: string, value: string, effect: 'redirect-registry' | 'disable-tls'): void => {
    ctx.fact(start, end, { kind: 'config', system: 'pip', key, value: known(value), effect, via: 'file' });
  };
  while (at < source.length) {
    ctx.step();
    let end = source.indexOf('\n', at);
    if (end < 0) end = source.length;
    // A backslash joins lines.
    while (end < source.length && source[source[end - 1] === '\r' ? end - 2 : end - 1] === '\\') {
      const next = source.indexOf('\n', end + 1);
      end = next < 0 ? source.length : next;
    }
    const raw = source.slice(at, end);
    const lead = raw.length - raw.trimStart().length;
    const start = at + lead;
    const joined = raw.trim().replace(/\\\r?\n/g, ' ');
    const comment = /(?:^|\s)#/.exec(joined);
    const line = (comment === null ? joined : joined.slice(0, comment.index)).trim();
    const option = LONG.exec(line);
    if (option !== null) {
      const value = option[2]!.trim();
      const flag = option[1]!;
      if (/^(?:-i|--index-url|--extra-index-url|-f|--find-links)$/.test(flag)) {
        if (!isDefaultRegistry('pip', value))
          say(start, start + line.length, flag === '-i' ? 'index-url' : flag === '-f' ? 'find-links' : flag.slice(2), value, 'redirect-registry');
      } else if (flag === '--trusted-host') say(start, start + line.length, 'trusted-host', value, 'disable-tls');
      else if (flag === '-e' || flag === '--editable') emit(value, true);
      else if (flag === '-r' || flag === '-c' || flag === '--requirement' || flag === '--constraint')
        ctx.fact(start, start + line.length, { kind: 'link', url: known(value), text: flag, form: 'code', block: 0, section: [] });
    } else if (line !== '' && !line.startsWith('-')) emit(line, false);
    at = end + 1;

    function emit(text: string, editable: boolean): void {
      const hashed = /\s--hash=sha(?:256|384|512):[0-9a-f]{16,128}/.test(text);
      const wanted = pipSpec(text.split(/\s--/, 1)[0]!);
      if (wanted === undefined) return;
      const { manager, name, version, pinned, from } = wanted;
      ctx.fact(start, start + line.length, {
        kind: 'install',
        manager,
        name: known(name),
        ...(version === undefined ? {} : { version }),
        pinned: pinned || hashed,
        from,
        ...(editable ? { scripts: true } : {}),
      });
    }
  }
}
