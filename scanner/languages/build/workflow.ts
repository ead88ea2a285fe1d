/**
 * Continuous integration and task files: GitHub Actions (workflows and composite actions), GitLab, CircleCI, Azure Pipelines, Taskfile. Steps are shell that runs on somebody's
 * push; actions named by branch or tag can change under the user's feet. `${{ … }}` is replaced by the host before the shell sees it, so it is a hole, not syntax.
 */
import { known } from '../../value.ts';
import { command, type Doc, entriesAt, install, state } from '../data/doc.ts';

import { entriesOf, find, type Node, type TextNode, textAt, textOfNode, textsOf } from '../data/tree.ts';
import { mapOf } from '../data/weave.ts';
import { environment } from '../manifest/environment.ts';
import { imageSpec } from '../manifest/packages.ts';

const LANGUAGE_OF_SHELL: Readonly<Record<string, string>> = {
  python: 'python',
  pwsh: 'powershell',
  powershell: 'powershell',
  cmd: 'batch',
  node: 'javascript',
  perl: 'perl',
};

/** Expressions keep their length, so that offsets stay: `${{ x }}` becomes `${__ x  }`-like words of one variable. */
const holes = (text: string): string => text.replace(/\$\{\{[^}]{0,400}\}\}/g, (all) => `\${E${'_'.repeat(Math.max(0, all.length - 4))}}`);

/** One step of shell. */
function script(doc: Doc, node: TextNode, note: string, shell: string | undefined): void {
  doc.used.add(node);
  const language = LANGUAGE_OF_SHELL[(shell ?? '').split(' ', 1)[0]!] ?? 'shell';
  doc.ctx.embed(language, holes(node.text), mapOf(doc.source, node), { role: 'config', reach: 'callable', note });
  if (/\$\{\{[^}]{0,200}\btoJSON\(\s?secrets/i.test(node.text)) doc.ctx.fact(node.start, node.end, { kind: 'env', name: known('*') });
  for (const match of node.text.slice(0, 20_000).matchAll(/\$\{\{[^}]{0,200}?\bsecrets\.([A-Za-z_]\w{0,80})/g))
    doc.ctx.fact(node.start, node.end, { kind: 'env', name: known(match[1]!) });
}

function uses(doc: Doc, node: Node): void {
  const text = textOfNode(node) ?? '';
  if (/^\.{0,2}\//.test(text) || text === '') return;
  if (text.startsWith('docker://')) {
    install(doc, node, { ...imageSpec(text.slice(9)), runs: true });
    return;
  }
  const at = text.lastIndexOf('@');
  const version = at < 0 ? undefined : text.slice(at + 1);
  install(doc, node, {
    manager: 'action',
    name: at < 0 ? text : text.slice(0, at),
    ...(version === undefined ? {} : { version }),
    pinned: version !== undefined && /^[0-9a-f]{40}$/.test(version),
    from: 'vcs',
    runs: true,
  });
}

function steps(doc: Doc, list: readonly Node[], shell: string | undefined): void {
  for (const step of list) {
    doc.ctx.step();
    if (step.kind === 'text') {
      // CircleCI and GitLab allow bare words: built-in steps have no blank.
      if (/\s|\//.test(step.text)) script(doc, step, 'pipeline step', shell);
      continue;
    }
    const own = textAt(step, 'shell') ?? shell;
    for (const key of ['run', 'script', 'bash', 'powershell', 'pwsh']) {
      for (const node of find(step, key)) {
        const language = key === 'powershell' || key === 'pwsh' ? 'pwsh' : own;
        for (const text of [...textsOf(node), ...textsOf(find(node, 'command').at(-1))]) script(doc, text, 'pipeline step', language);
      }
    }
    for (const node of find(step, 'uses')) uses(doc, node);
    for (const node of find(step, 'env')) environment(doc, node);
    // github-script runs its input as JavaScript.
    if (/^actions\/github-script@/.test(textAt(step, 'uses') ?? ''))
      for (const node of find(step, 'with', 'script')) if (node.kind === 'text') script(doc, node, 'github-script', 'node');
  }
}

export function readWorkflow(doc: Doc): void {
  const { root } = doc.tree;
  const shell = textAt(root, 'defaults', 'run', 'shell');
  for (const { value: job } of entriesAt(find(root, 'jobs'))) {
    steps(doc, find(job, 'steps', '*'), textAt(job, 'defaults', 'run', 'shell') ?? shell);
    for (const node of find(job, 'uses')) uses(doc, node);
    for (const path of [['container'], ['container', 'image'], ['services', '*', 'image'], ['docker', '*', 'image']])
      for (const node of find(job, ...path)) if (node.kind === 'text') install(doc, node, { ...imageSpec(node.text), runs: true });
    for (const node of find(job, 'env')) environment(doc, node);
  }
  steps(doc, [...find(root, 'runs', 'steps', '*'), ...find(root, 'steps', '*'), ...find(root, 'stages', '*', 'jobs', '*', 'steps', '*')], shell);
  for (const node of find(root, 'env')) environment(doc, node);
  if (
    (find(root, 'on', 'pull_request_target').length > 0 || textsOf(find(root, 'on').at(-1)).some((text) => text.text === 'pull_request_target')) &&
    root !== undefined
  ) {
    for (const node of find(root, 'on')) state(doc, node, 'github', 'on', 'pull_request_target', 'other');
  }
  // GitLab: every top-level map with a script is a job.
  for (const { key, value } of entriesOf(root)) {
    if (value.kind !== 'map') continue;
    for (const name of ['script', 'before_script', 'after_script'])
      for (const node of find(value, name)) for (const text of textsOf(node)) script(doc, text, `job ${key}`.slice(0, 80), undefined);
    for (const node of [...find(value, 'image')])
      if (node.kind === 'text' && find(value, 'script').length > 0) install(doc, node, { ...imageSpec(node.text), runs: true });
  }
  for (const name of ['before_script', 'after_script'])
    for (const node of find(root, name)) for (const text of textsOf(node)) script(doc, text, 'pipeline', undefined);
  for (const node of find(root, 'include', '*')) {
    const remote = find(node, 'remote').at(-1);
    if (remote?.kind === 'text') install(doc, remote, { manager: 'gitlab-include', name: remote.text, pinned: false, from: 'url' });
  }
  // Taskfile.
  for (const { key, value } of entriesAt(find(root, 'tasks'))) {
    for (const node of [
      value,
      ...find(value, 'cmds', '*'),
      ...find(value, 'cmd'),
      ...find(value, 'cmds', '*', 'cmd'),
      ...find(value, 'status', '*'),
      ...find(value, 'preconditions', '*', 'sh'),
    ]) {
      for (const text of textsOf(node)) command(doc, text, `task ${key}`.slice(0, 80), 'callable');
    }
  }
  for (const path of [
    ['vars', '*', 'sh'],
    ['tasks', '*', 'vars', '*', 'sh'],
  ])
    for (const node of find(root, ...path)) for (const text of textsOf(node)) command(doc, text, 'task variable', 'callable');
}
