/**
 * Continuous integration and task files: GitHub Actions (workflows and composite actions), GitLab, CircleCI, Azure Pipelines, Taskfile. Steps are shell that runs on somebody's
 * push; actions named by branch or tag can change under the user's feet. `${{ … }}` is replaced by the host before the shell sees it, so it is a hole, not syntax.
 */
import * as cells from '../../cells.ts';
import { known } from '../../value.ts';
import { command, type Doc, entriesAt, install, state } from '../data/doc.ts';
import { entriesOf, find, type Node, type TextNode, textAt, textOfNode, textsOf } from '../data/tree.ts';
import { glue, mapOfWeave, thread, weave } from '../data/weave.ts';
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

/** Text that anybody may write who can open an issue, send a pull request or comment (GitHub, "Script injections"). */
const FOREIGN =
  /\bgithub\.(?:head_ref\b|event\.(?:issue|pull_request|discussion|comment|review|review_comment|head_commit|commits(?:\[\d{1,4}\]|\.\*)?|pages|workflow_run)\.(?:[\w-]{1,40}\.){0,4}(?:title|body|ref|label|message|name|email|default_branch|head_branch|page_name|description|display_title)\b)/;
/** The outputs of a step that is called after such text; what an action calls it is not known otherwise. */
const FOREIGN_OUTPUT = /\bsteps\.[\w-]{1,60}\.outputs\.(?:[\w-]{0,40}(?:head_ref|head-ref|pr_title|pr_body|issue_title|comment_body))\b/;
const EXPRESSION = /\$\{\{([^}]{0,400})\}\}/g;
/** The name under which an expression's value enters the script; the shell reader knows the prefix as a value given from outside. */
const OUTER = '__outer_';

/** Which quote a shell would be inside of at `to`, having been inside `quote` at `from`: text is put in before quotes are read. */
function quoteAfter(text: string, from: number, to: number, quote: string): string {
  let open = quote;
  for (let at = from; at < to; at++) {
    const char = text[at]!;
    if (char === '\\' && open !== "'") at++;
    else if (open !== '') open = char === open ? '' : open;
    else if (char === "'" || char === '"') open = char;
  }
  return open;
}

/** One step of shell. `${{ … }}` is replaced by text before the shell reads the line: a variable for the data flow, and code where strangers write the text. */
function script(doc: Doc, node: TextNode, note: string, shell: string | undefined): void {
  doc.used.add(node);
  const language = LANGUAGE_OF_SHELL[(shell ?? '').split(' ', 1)[0]!] ?? 'shell';
  const out = weave();
  let from = 0;
  let count = 0;
  let quote = '';
  for (const match of node.text.matchAll(EXPRESSION)) {
    if (count++ >= 500) break;
    doc.ctx.step();
    const expression = match[1]!.trim();
    const name = `${OUTER}${doc.ctx.unit.id}_${node.start + match.index}`;
    const cell = cells.env(name);
    thread(out, doc.source, node, from, match.index);
    quote = quoteAfter(node.text, from, match.index, quote);
    glue(out, language === 'shell' ? (quote === "'" ? `'"\${${name}}"'` : `\${${name}}`) : language === 'powershell' ? `$env:${name}` : name);
    from = match.index + match[0].length;
    const outs = [{ cell, role: 'value' as const }];
    if (/\btoJSON\(\s?secrets\s?\)/i.test(expression)) doc.ctx.fact(node.start, node.end, { kind: 'env', name: known('*'), outs });
    else {
      const secret = /\bsecrets(?:\.([A-Za-z_]\w{0,80})|\[['"]?([A-Za-z_]\w{0,80}))/.exec(expression);
      if (secret !== null) doc.ctx.fact(node.start, node.end, { kind: 'env', name: known(secret[1] ?? secret[2]!), outs });
    }
    if (FOREIGN.test(expression) || FOREIGN_OUTPUT.test(expression))
      doc.ctx.fact(node.start, node.end, {
        kind: 'exec',
        how: 'eval',
        program: known(shell ?? 'sh'),
        argv: [known(expression.slice(0, 200))],
        code: 'argument',
        ins: [{ cell: cells.arg('event', '*'), role: 'code' }],
      });
  }
  thread(out, doc.source, node, from);
  doc.ctx.embed(language, out.text, mapOfWeave(out), { role: 'config', reach: 'callable', note });
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

/** Events that run with the repository's secrets although a stranger set them off. */
const PRIVILEGED = /^(?:pull_request_target|workflow_run|issue_comment)$/;
const HEAD =
  /\bgithub\.(?:head_ref\b|event\.(?:pull_request|workflow_run)\.head)|\brefs\/pull\/|\bsteps\.[\w-]{1,60}\.outputs\.(?:[\w-]{0,20}head_?(?:sha|ref)|sha|ref)\b/;

/** A workflow that has the secrets and takes in what a stranger wrote: their code by checkout, their words in a cache key, an action by branch. */
function privileged(doc: Doc, root: Node | undefined): void {
  const events = find(root, 'on').flatMap((node) =>
    node.kind === 'map' ? node.entries.map((entry) => entry.key) : textsOf(node).map((text) => text.text),
  );
  const event = events.find((name) => PRIVILEGED.test(name));
  if (event === undefined) return;
  for (const node of find(root, 'on')) state(doc, node, 'github', 'on', event, 'other');
  for (const step of find(root, 'jobs', '*', 'steps', '*')) {
    doc.ctx.step();
    const action = textAt(step, 'uses') ?? '';
    if (/^actions\/checkout(?:@|$)/.test(action)) {
      for (const key of ['ref', 'repository'])
        for (const node of find(step, 'with', key))
          if (HEAD.test(textOfNode(node) ?? '')) state(doc, node, 'github', `${event} checkout ${key}`, textOfNode(node) ?? '', 'exec-allow-all');
    } else if (/^actions\/cache(?:\/|@|$)/.test(action)) {
      for (const node of find(step, 'with', 'key'))
        if (FOREIGN.test(textOfNode(node) ?? '')) state(doc, node, 'github', `${event} cache key`, textOfNode(node) ?? '', 'exec-allow-all');
    } else if (/@(?:main|master|dev|develop|latest|HEAD)$/.test(action) && !/^(?:actions|github)\//.test(action) && /\bsecrets\b/.test(flat(step)))
      for (const node of find(step, 'uses')) state(doc, node, 'github', `${event} action by branch`, action, 'exec-allow-all');
    for (const node of find(step, 'run')) {
      const text = textOfNode(node) ?? '';
      if (/\b(?:gh[ \t]{1,4}pr[ \t]{1,4}checkout|git[ \t]{1,4}fetch[^\n]{0,200}\bpull\/)/.test(text))
        state(doc, node, 'github', `${event} checkout`, 'pull request', 'exec-allow-all');
    }
  }
}

const flat = (node: Node): string => [...find(node, 'with', '*'), ...find(node, 'env', '*')].map((value) => textOfNode(value) ?? '').join(' ');

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
  privileged(doc, root);
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
