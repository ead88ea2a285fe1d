/** The laws of docs/architecture.md that a machine can check: which way imports point, who may do I/O, what the command loads at start. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from '@babel/parser';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { changeCommands } from '../cli/check/index.ts';
import { registryCommands } from '../cli/registry.ts';
import { changeVerbs, registryVerbs } from '../cli/verbs.ts';
import { version } from '../scanner/data/version.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path));

/** Every import of a file: static, dynamic, re-export. Paths are relative to the root; packages stay as they are. */
function importsOf(file: string): { target: string; lazy: boolean; typeOnly: boolean }[] {
  const tree = parse(readFileSync(join(root, file), 'utf8'), { sourceType: 'module', plugins: ['typescript'] });
  const found: { target: string; lazy: boolean; typeOnly: boolean }[] = [];
  const add = (source: string, lazy: boolean, typeOnly: boolean) =>
    found.push({ target: source.startsWith('.') ? normalize(join(dirname(file), source)) : source, lazy, typeOnly });
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) {
      node.forEach(walk);
      return;
    }
    if (typeof node !== 'object' || node === null || !('type' in node)) return;
    const at = node as Record<string, unknown> & { type: string };
    const source = (at['source'] as { value?: string } | null)?.value;
    if ((at.type === 'ImportDeclaration' || at.type === 'ExportNamedDeclaration' || at.type === 'ExportAllDeclaration') && source !== undefined)
      add(source, false, at['importKind'] === 'type' || at['exportKind'] === 'type');
    if (at.type === 'CallExpression' && (at['callee'] as { type: string }).type === 'Import') {
      const [argument] = at['arguments'] as { type: string; value: string }[];
      if (argument?.type === 'StringLiteral') add(argument.value, true, false);
    }
    for (const key of Object.keys(at)) if (key !== 'loc') walk(at[key]);
  };
  walk(tree.program.body);
  return found;
}

const stages = ['load', 'languages', 'flow', 'rules', 'capability', 'policy', 'report'];
const stageOf = (path: string): string | undefined => stages.find((stage) => path.startsWith(`scanner/${stage}/`));
/** Contracts are types that the pipeline itself passes around. */
const shared = (path: string): boolean => /^scanner\/(?:[a-z]+\.ts$|data\/|decode\/)/.test(path) || path === 'scanner/rules/contract.ts';

describe('architecture', () => {
  const scanner = sources('scanner');

  it('keeps the stages of the scanner apart: only scanner/index.ts wires them', () => {
    const wrong: string[] = [];
    for (const file of scanner) {
      const stage = stageOf(file);
      if (stage === undefined) continue;
      for (const { target, typeOnly } of importsOf(file)) {
        if (!target.startsWith('scanner/')) continue;
        const other = stageOf(target);
        if (other !== undefined && other !== stage && !(typeOnly && shared(target))) wrong.push(`${file} -> ${target}`);
        if (other === undefined && !shared(target)) wrong.push(`${file} -> ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('lets scanner import neither the command nor a registry', () => {
    const wrong = scanner.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => /^(?:cli|registry|test)\//.test(target))
        .map(({ target }) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('does no I/O in scanner/ outside load/ and the reader of our own data', () => {
    const io = /^(?:node:)?(?:fs|fs\/promises|net|http|https|http2|dgram|dns|tls|child_process|worker_threads|cluster)$/;
    const wrong = scanner.flatMap((file) =>
      file.startsWith('scanner/load/') || file === 'scanner/data/own.ts' || file === 'scanner/worker.ts'
        ? []
        : importsOf(file)
            .filter(({ target, typeOnly }) => io.test(target) && !typeOnly)
            .map(({ target }) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
    const processes = scanner.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => target.includes('child_process'))
        .map(() => file),
    );
    expect([...new Set(processes)].filter((file) => file !== 'scanner/load/git.ts')).toEqual([]);
  });

  const registry = sources('registry');
  /** What each part of the registry may import of the others. Contracts (types) may be named by everybody. */
  const below: Readonly<Record<string, readonly string[]>> = {
    store: [],
    archive: [],
    trust: [],
    scan: ['archive'],
    auth: ['store', 'trust'],
    signer: ['store', 'archive', 'trust', 'scan', 'gate'],
    gate: ['store', 'archive', 'trust', 'scan', 'auth', 'signer'],
    shelf: ['store', 'archive', 'trust', 'auth'],
    uplink: ['store', 'archive', 'auth', 'gate'],
    api: ['store', 'archive', 'trust', 'auth', 'gate', 'shelf', 'uplink', 'signer'],
    web: ['store', 'archive', 'trust', 'auth', 'gate', 'shelf', 'api', 'uplink'],
    client: ['archive', 'trust'],
  };

  it('lets the parts of the registry import downwards only', () => {
    const wrong: string[] = [];
    for (const file of registry) {
      const part = /^registry\/([a-z]+)\//.exec(file)?.[1];
      if (part === undefined) continue;
      expect(Object.keys(below), file).toContain(part);
      for (const { target, typeOnly } of importsOf(file)) {
        const other = /^registry\/([a-z]+)\//.exec(target)?.[1];
        // The words of our own API and the format of an exported log belong to both of its sides.
        if (/^registry\/client\/(?:wire|audit)\.ts$/.test(target) && part === 'api') continue;
        if (other !== undefined && other !== part && !typeOnly && !below[part]!.includes(other)) wrong.push(`${file} -> ${target}`);
        if (target.startsWith('cli/') || /^registry\/(?:index|serve)\.ts$/.test(target)) wrong.push(`${file} -> ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('starts processes and reads nothing where it has no business to', () => {
    const uses = (file: string, pattern: RegExp): boolean => importsOf(file).some(({ target, typeOnly }) => !typeOnly && pattern.test(target));
    expect(
      registry
        .filter((file) => uses(file, /^(?:node:)?child_process$/))
        .filter((file) => !/^registry\/(?:scan\/|signer\/start\.ts|secrets\.ts|client\/publish\.ts)/.test(file)),
    ).toEqual([]);
    const io = /^(?:node:)?(?:fs|fs\/promises|net|http|https|http2|dgram|dns|tls|child_process|worker_threads)$|^undici$|^better-sqlite3$/;
    expect(registry.filter((file) => file.startsWith('registry/trust/') && uses(file, io))).toEqual([]);
  });

  it('compares and judges changes without I/O, and starts processes for a check in two places only', () => {
    const uses = (file: string, pattern: RegExp): boolean => importsOf(file).some(({ target, typeOnly }) => !typeOnly && pattern.test(target));
    const io = /^(?:node:)?(?:fs|fs\/promises|net|http|https|http2|dgram|dns|tls|child_process|worker_threads)$|^undici$/;
    const pure = [
      ...sources('cli/check/report'),
      'cli/check/judge.ts',
      'cli/check/baseline.ts',
      'cli/check/code-owners.ts',
      'cli/check/environment.ts',
    ];
    expect(pure.filter((file) => uses(file, io))).toEqual([]);
    const starts = sources('cli').filter((file) => uses(file, /^(?:node:)?child_process$/));
    // ssh-keygen, and the action its own command.
    expect(starts.sort()).toEqual(['cli/action/check.ts', 'cli/check/approvals/ssh-keygen.ts']);
    // The comparison of two scans knows the diff of abilities and the policy, and no other stage.
    const wrong = sources('scanner/change').flatMap((file) =>
      importsOf(file)
        .filter(
          ({ target, typeOnly }) =>
            !typeOnly && !shared(target) && !/^scanner\/(?:change|capability|policy)\//.test(target) && !target.startsWith('node:'),
        )
        .map(({ target }) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('starts the command with Node built-ins and the argument parser only', () => {
    const wrong = importsOf('cli/skill.ts').filter(
      ({ target, lazy, typeOnly }) =>
        !lazy &&
        !typeOnly &&
        !target.startsWith('node:') &&
        target !== 'commander' &&
        !['scanner/data/version.ts', 'cli/shape.ts', 'cli/verbs.ts'].includes(target),
    );
    expect(wrong).toEqual([]);
  });

  it('never evaluates or loads code it was given', () => {
    const wrong = [...scanner, ...registry, ...sources('cli')].filter((file) =>
      /\beval\(|new Function\(|vm\.(?:runIn|compileFunction)/.test(
        readFileSync(join(root, file), 'utf8')
          .replace(/(['"`])(?:\\.|(?!\1)[^\\\n])*\1/g, '""')
          .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('lists every verb by its name and summary', async () => {
    const commands = [...(await changeCommands()), ...(await registryCommands())];
    const listed = [...changeVerbs, ...registryVerbs];
    expect(commands.map((command) => [command.name(), command.summary()])).toEqual(listed.map(([name, summary]) => [name, summary]));
    for (const command of commands) expect(command.description().length, command.name()).toBeGreaterThan(10);
  });

  it('ends the help of every verb, and of the verbs below it, with exit codes and examples', async () => {
    const help = (command: Command): string => {
      const parts: string[] = [];
      command.configureOutput({ writeOut: (part) => void parts.push(part) }).outputHelp();
      return parts.join('');
    };
    const wrong = [...(await changeCommands()), ...(await registryCommands())]
      .flatMap((command) => [command, ...command.commands])
      .filter((command) => !/^Exit codes:\n[\s\S]*^Examples:\n {2}skill /m.test(help(command)))
      .map((command) => `${command.parent?.name() ?? ''} ${command.name()}`);
    expect(wrong).toEqual([]);
  });

  it('names one version', () => {
    expect(version).toBe((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version);
  });

  it('names no machine of ours in any source', () => {
    const wrong = [
      ...scanner,
      ...registry,
      ...sources('cli'),
      ...sources('scripts'),
      ...sources('bench').filter((file) => !file.includes('node_modules')),
    ]
      .filter((file) => /\/work\/|\/tmp\/sets/.test(readFileSync(join(root, file), 'utf8')))
      .map((file) => relative('.', file));
    expect(wrong).toEqual([]);
  });
});
