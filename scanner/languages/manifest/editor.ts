/**
 * Editors and development containers: VS Code tasks, launch and settings, JetBrains run configurations, dev containers. A task with `runOn: folderOpen` and every lifecycle
 * command of a dev container run when the folder is opened.
 */
import { shifted } from '../contract.ts';
import { argv, command, type Doc, hook, install, judgeSettings, state } from '../data/doc.ts';
import { entriesOf, find, type MapNode, type Node, type TextNode, textAt, textOfNode, textsOf } from '../data/tree.ts';
import { environment } from './environment.ts';
import { readMcp } from './mcp.ts';
import { imageSpec } from './packages.ts';

/** One word, or `{ value, quoting }`. */
const words = (node: Node | undefined): TextNode[] =>
  node?.kind === 'list'
    ? node.items.flatMap((item) => (item.kind === 'map' ? textsOf(find(item, 'value').at(-1)) : textsOf(item)))
    : node?.kind === 'map'
      ? textsOf(find(node, 'value').at(-1))
      : textsOf(node);

function task(doc: Doc, node: MapNode): void {
  const opens = [...find(node, 'runOptions', 'runOn')].some((on) => textOfNode(on) === 'folderOpen');
  const label = textAt(node, 'label') ?? textAt(node, 'taskName') ?? 'task';
  const note = opens ? 'runs when the folder is opened' : `task ${label.slice(0, 60)}`;
  for (const level of [node, ...['windows', 'osx', 'linux'].flatMap((os) => find(node, os))]) {
    const program = words(find(level, 'command').at(-1));
    if (program.length === 0) continue;
    const args = words(find(level, 'args').at(-1));
    if (opens) state(doc, level, 'vscode', 'tasks.runOptions.runOn', [...program, ...args].map((word) => word.text).join(' '), 'preload-code');
    // A shell task takes its command as a line; arguments are quoted words behind it.
    if (args.length === 0 || /[\s|;&<>]/.test(program[0]!.text)) {
      if (opens) hook(doc, program[0]!, note);
      else command(doc, program[0]!, note, 'callable');
      if (args.length > 0) argv(doc, args, note, opens ? 'hook' : 'config', 'callable');
    } else argv(doc, [...program, ...args], note, opens ? 'hook' : 'config', 'callable');
    environment(doc, find(level, 'options', 'env').at(-1));
  }
}

export function readTasks(doc: Doc): void {
  const { root } = doc.tree;
  for (const node of [...find(root, 'tasks', '*'), ...find(root, 'tasks', 'tasks', '*')]) if (node.kind === 'map') task(doc, node);
  if (root?.kind === 'map' && find(root, 'command').length > 0) task(doc, root);
  for (const input of find(root, 'inputs', '*')) {
    // Extensions such as "shellCommand.execute" run a command to fill an input.
    for (const node of find(input, 'args', 'command')) if (node.kind === 'text') command(doc, node, 'task input', 'callable');
  }
}

export function readLaunch(doc: Doc): void {
  for (const node of [...find(doc.tree.root, 'configurations', '*'), ...find(doc.tree.root, 'launch', 'configurations', '*')]) {
    const program = [
      ...words(find(node, 'runtimeExecutable').at(-1)),
      ...words(find(node, 'runtimeArgs').at(-1)),
      ...words(find(node, 'program').at(-1)),
      ...words(find(node, 'args').at(-1)),
    ];
    if (program.length > 0) argv(doc, program, 'launch configuration', 'config', 'callable');
    for (const key of ['preLaunchCommands', 'initCommands', 'setupCommands', 'postRunCommands'])
      for (const text of words(find(node, key).at(-1))) command(doc, text, 'launch configuration', 'callable');
    environment(doc, find(node, 'env').at(-1));
  }
}

export function readVscodeSettings(doc: Doc): void {
  judgeSettings(doc, 'vscode', doc.tree.root);
  readMcp(doc, 'vscode');
  for (const { key, value } of entriesOf(doc.tree.root)) {
    if (/^terminal\.integrated\.env\./.test(key)) environment(doc, value);
    // "emeraldwalk.runonsave" and its like: commands on save.
    if (/(?:runonsave|run-on-save|runOnSave|saveAndRun|filewatcher\.commands)/i.test(key)) {
      for (const node of [
        ...find(value, 'commands', '*', 'cmd'),
        ...find(value, 'commands', '*', 'command'),
        ...find(value, '*', 'cmd'),
        ...find(value, '*', 'command'),
      ])
        if (node.kind === 'text') hook(doc, node, 'runs on save');
    }
  }
}

const LIFECYCLE = ['initializeCommand', 'onCreateCommand', 'updateContentCommand', 'postCreateCommand', 'postStartCommand', 'postAttachCommand'];

export function readDevcontainer(doc: Doc): void {
  const { root } = doc.tree;
  for (const key of LIFECYCLE) {
    for (const node of find(root, key)) {
      // On the host itself only the first; the others run inside the container.
      const note = key === 'initializeCommand' ? 'initializeCommand on the host' : `dev container ${key}`;
      const run = (value: Node): void => {
        if (value.kind === 'text') hook(doc, value, note);
        else if (value.kind === 'list') argv(doc, textsOf(value), note, 'hook');
        else if (value.kind === 'map') for (const entry of value.entries) run(entry.value);
      };
      run(node);
    }
  }
  for (const node of find(root, 'image')) if (node.kind === 'text') install(doc, node, { ...imageSpec(node.text), runs: true });
  for (const { key, keyAt } of find(root, 'features').flatMap((node) => [...entriesOf(node)])) install(doc, keyAt, imageSpec(key, 'devcontainer'));
  for (const node of [...find(root, 'runArgs', '*')]) {
    const text = textOfNode(node) ?? '';
    if (/^--privileged$/.test(text)) state(doc, node, 'docker', 'privileged', 'true', 'privileged');
    else if (/docker\.sock|^--(?:network|pid|ipc|userns)=host$|--security-opt/.test(text))
      state(doc, node, 'docker', 'runArgs', text, /sock/.test(text) ? 'mount-host' : 'disable-sandbox');
  }
  for (const node of find(root, 'mounts', '*')) {
    const text = node.kind === 'map' ? (textAt(node, 'source') ?? '') : (textOfNode(node) ?? '');
    const source = /(?:^|,)(?:source|src)=([^,]{1,300})/.exec(text)?.[1] ?? text;
    if (/docker\.sock|^(?:\/|~|\$\{localEnv:HOME\}|\$\{env:HOME\})(?:\/?$|\/\.(?:ssh|aws|gnupg|config|kube|docker))/.test(source))
      state(doc, node, 'docker', 'mounts', text, 'mount-host');
  }
  judgeSettings(doc, 'docker', root);
  for (const key of ['containerEnv', 'remoteEnv', 'build.args']) for (const node of find(root, key)) environment(doc, node);
  for (const node of find(root, 'customizations', 'vscode', 'settings')) judgeSettings(doc, 'vscode', node);
}

/** JetBrains XML: run configurations with a shell script, and tasks before launch; attributes are enough. */
export function readIdea(source: string, doc: Pick<Doc, 'ctx'>): void {
  const shell = /<option name="(?:SCRIPT_TEXT|SCRIPT_PATH|PROGRAM|INTERPRETER_PATH|EXECUTE_SCRIPT_FILE)" value="([^"\n]{1,4000})"/g;
  for (const match of source.matchAll(shell)) {
    doc.ctx.step();
    const start = match.index + match[0].length - 1 - match[1]!.length;
    doc.ctx.embed(
      'shell',
      match[1]!.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&#10;', '\n'),
      match[1]!.includes('&') ? { kind: 'collapsed', start, end: start + match[1]!.length } : shifted(start, start + match[1]!.length),
      { role: 'config', reach: 'callable', note: 'run configuration' },
    );
  }
}
