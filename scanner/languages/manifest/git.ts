/**
 * Git's own files when a skill ships them: `.git/config`, hooks, `.gitattributes`, `.gitmodules`, hook managers. Git runs programs named there on ordinary commands such as `status`,
 * which agents run constantly. Sample hooks (`*.sample`) are inert.
 */
import { known } from '../../value.ts';
import { type ReadContext, shifted } from '../contract.ts';
import { command, type Doc, hook, install, judgeSettings, state } from '../data/doc.ts';
import { entriesOf, find, type Node, textAt, textOfNode, textsOf } from '../data/tree.ts';

const COMMANDS =
  /^(?:core\.(?:fsmonitor|sshcommand|pager|editor|askpass|gitproxy)|filter\.[^\n]{1,100}\.(?:clean|smudge|process)|diff\.[^\n]{1,100}\.(?:command|textconv)|merge\.[^\n]{1,100}\.driver|sequence\.editor|gpg\.(?:[a-z0-9]{1,10}\.)?program|credential\.(?:[^\n]{1,200}\.)?helper|uploadpack\.packobjectshook|pager\.[a-z-]{1,40}|alias\.[^\n]{1,80}|submodule\.[^\n]{1,200}\.update|interactive\.difffilter|(?:diff|merge)tool\.[^.]{1,60}\.cmd)$/i;

/** `.git/config`, `.gitconfig`, `.gitmodules`. */
export function readGitConfig(doc: Doc): void {
  judgeSettings(doc, 'git', doc.tree.root);
  const visit = (node: Node, path: string): void => {
    doc.ctx.step();
    if (node.kind === 'map') for (const entry of node.entries) visit(entry.value, path === '' ? entry.key : `${path}.${entry.key}`);
    else if (node.kind === 'text' && COMMANDS.test(path) && !/^(?:true|false|)$/.test(node.text)) {
      const alias = /^(?:alias|submodule)\./i.test(path);
      if (alias && !node.text.startsWith('!')) return;
      const skip = node.text.startsWith('!') ? 1 : 0;
      doc.used.add(node);
      hook(doc, { ...node, text: node.text.slice(skip), inner: node.inner + skip }, `git ${path.toLowerCase()}`);
    } else if (node.kind === 'text' && /^(?:remote|submodule)\.[^\n]{1,200}\.url$/i.test(path)) {
      doc.ctx.fact(node.start, node.end, { kind: 'link', url: known(node.text), text: path.slice(0, 80), form: 'code', block: 0, section: [] });
      if (/\/\/[^/@:]{1,200}:[^/@]{1,200}@/.test(node.text)) state(doc, node, 'git', path, node.text.replace(/\/\/[^@]{1,400}@/, '//…@'), 'other');
      if (/^submodule/i.test(path)) install(doc, node, { manager: 'git', name: node.text, pinned: false, from: 'vcs' });
    }
  };
  if (doc.tree.root !== undefined) visit(doc.tree.root, '');
}

/** A hook as git runs it, whatever its interpreter: the shebang decides. */
export function readGitHook(source: string, ctx: ReadContext, name: string, language: string): void {
  if (name.endsWith('.sample')) return;
  ctx.fact(0, source.length, { kind: 'config', system: 'git', key: `hooks/${name}`, value: known(ctx.file.path), effect: 'add-hook', via: 'file' });
  ctx.embed(language, source, shifted(0, source.length), { role: 'hook', reach: 'automatic', note: `git ${name} hook` });
}

/** Encodings in which the bytes of ASCII mean ASCII and nothing else does, and those of Unicode that a reader recognises: what git shows and what it checks out read alike. */
const FAITHFUL = /^(?:(?:utf|ucs)-?(?:8|16|32)[\w-]{0,10}|(?:us-)?ascii|latin-?\d{1,2}|iso-?8859-?\d{1,2}|(?:windows|cp)-?125\d|koi8-[ru])$/i;

/** `.gitattributes`: filters and drivers that a configuration elsewhere may bind to a program, and encodings that make other bytes of a text at checkout than a review shows (gitattributes(5), working-tree-encoding). */
export function readAttributes(source: string, ctx: ReadContext): void {
  for (const match of source.matchAll(/(?<=[ \t])working-tree-encoding=(\S{1,80})/g)) {
    ctx.step();
    if (FAITHFUL.test(match[1]!)) continue;
    ctx.fact(match.index, match.index + match[0].length, {
      kind: 'config',
      system: 'git',
      key: 'attributes.working-tree-encoding',
      value: known(match[1]!),
      effect: 'disable-protection',
      via: 'file',
    });
  }
  for (const match of source.matchAll(/^[^#\n]{1,300}[ \t](filter|diff|merge)=([\w.-]{1,80})/gm)) {
    ctx.step();
    if (/^(?:lfs|text|union|binary|python|markdown|html|css|golang|rust|java|ruby|php|cpp|csharp|tex|bibtex|astextplain)$/.test(match[2]!)) continue;
    ctx.fact(match.index, match.index + match[0].length, {
      kind: 'config',
      system: 'git',
      key: `attributes.${match[1]}`,
      value: known(match[2]!),
      effect: 'other',
      via: 'file',
    });
  }
}

/** `.pre-commit-config.yaml`: repositories of hooks, and local hooks with their command. */
export function readPreCommit(doc: Doc): void {
  for (const repo of find(doc.tree.root, 'repos', '*')) {
    const url = textAt(repo, 'repo');
    const rev = textAt(repo, 'rev');
    if (url !== undefined && url !== 'local' && url !== 'meta')
      install(doc, repo, {
        manager: 'pre-commit',
        name: url,
        ...(rev === undefined ? {} : { version: rev }),
        pinned: rev !== undefined && /^(?:[0-9a-f]{40}|v?\d{1,6}(?:\.\d{1,6}){1,3})$/.test(rev),
        from: 'vcs',
      });
    for (const item of find(repo, 'hooks', '*')) {
      if (url === 'local') for (const entry of find(item, 'entry')) if (entry.kind === 'text') hook(doc, entry, 'pre-commit hook');
      for (const dependency of find(item, 'additional_dependencies', '*')) {
        const text = textOfNode(dependency) ?? '';
        if (text !== '')
          install(doc, dependency, {
            manager: 'pre-commit',
            name: text,
            pinned: /==|@\d/.test(text),
            from: /:\/\/|git\+/.test(text) ? 'url' : 'registry',
          });
      }
    }
  }
}

/** lefthook.yml and its like: event -> commands -> name -> run. */
export function readLefthook(doc: Doc): void {
  for (const { key, value } of entriesOf(doc.tree.root)) {
    for (const path of [
      ['commands', '*', 'run'],
      ['scripts', '*', 'run'],
      ['jobs', '*', 'run'],
    ]) {
      for (const node of find(value, ...path))
        for (const text of textsOf(node)) {
          if (/^(?:pre|post|commit|prepare|applypatch|update|reference)/.test(key)) hook(doc, text, `git ${key} hook (lefthook)`);
          else command(doc, text, `lefthook ${key}`, 'callable');
        }
    }
  }
}
