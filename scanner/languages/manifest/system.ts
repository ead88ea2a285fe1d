/**
 * Files of the operating system that start programs: launchd property lists, systemd units, desktop entries, crontabs, registry scripts, setup information, udev rules. Shipped in a
 * skill they are what an install step copies into place, so they state what would run and when.
 */

import type { PersistFact } from '../../model.ts';
import { known } from '../../value.ts';
import { collapsed, type ReadContext, shifted } from '../contract.ts';
import { type Doc, state } from '../data/doc.ts';
import { find, textAt, textOfNode } from '../data/tree.ts';
import { mapOf } from '../data/weave.ts';
import { environment } from './environment.ts';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const plain = (xml: string): string => xml.replace(/&(amp|lt|gt|quot|apos);/g, (_all, name: string) => ENTITIES[name]!);

const persist = (ctx: ReadContext, start: number, end: number, mechanism: PersistFact['mechanism'], text: string): void => {
  ctx.fact(start, end, { kind: 'persist', mechanism, command: known(text.slice(0, 1_000)), path: known(ctx.file.path) });
};

/** A word as a shell would need it to read it back. */
const word = (text: string): string => (/^[\w@%+=:,./-]{1,400}$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** launchd: `ProgramArguments` or `Program`, and when it starts. Keys and strings are found by one scan over tags. */
export function readPlist(source: string, ctx: ReadContext): void {
  const tag = /<(key|string|true|false|array|\/array|dict|\/dict|integer)\s{0,4}\/?>/g;
  let key = '';
  let list: { readonly name: string; readonly words: string[]; readonly start: number } | undefined;
  let begins: string | undefined;
  let found: { readonly words: string[]; readonly start: number; readonly end: number } | undefined;
  for (let match = tag.exec(source); match !== null; match = tag.exec(source)) {
    ctx.step();
    const name = match[1]!;
    const from = match.index + match[0].length;
    if (name === 'key' || name === 'string' || name === 'integer') {
      const close = source.indexOf(`</${name}>`, from);
      const end = close < 0 ? source.length : close;
      const text = plain(source.slice(from, end));
      tag.lastIndex = Math.min(source.length, end);
      if (name === 'key') key = text.trim();
      else if (list !== undefined && list.name === 'ProgramArguments') {
        list.words.push(text);
        found = { words: list.words, start: list.start, end };
      } else if (key === 'Program' && found === undefined) found = { words: [text], start: from, end };
      else if (/^(?:StartInterval|StartCalendarInterval)$/.test(key)) begins = key;
    } else if (name === 'array') list = { name: key, words: [], start: from };
    else if (name === '/array') list = undefined;
    else if (name === 'true' && /^(?:RunAtLoad|KeepAlive)$/.test(key)) begins = key;
    else if (name === 'dict' && /^(?:StartCalendarInterval|KeepAlive|WatchPaths)$/.test(key)) begins = key;
  }
  if (found === undefined || found.words.length === 0) return;
  const line = found.words.map(word).join(' ');
  persist(ctx, found.start, found.end, 'launchd', line);
  ctx.embed('shell', line, collapsed(found.start, found.end), {
    role: 'config',
    note: `launchd program${begins === undefined ? '' : `, ${begins}`}`,
  });
}

/** systemd: `ExecStart=` and its relatives; prefixes `-@:+!` are not part of the command. */
export function readUnit(doc: Doc): void {
  for (const key of ['ExecStart', 'ExecStartPre', 'ExecStartPost', 'ExecReload', 'ExecStop', 'ExecStopPost', 'ExecCondition']) {
    for (const node of [...find(doc.tree.root, 'Service', key), ...find(doc.tree.root, 'Socket', key)]) {
      if (node.kind !== 'text' || node.text === '') continue;
      const prefix = /^[-@:+!|]{0,4}/.exec(node.text)![0].length;
      const part = { ...node, text: node.text.slice(prefix), inner: node.inner + prefix };
      persist(doc.ctx, node.start, node.end, 'systemd', part.text);
      doc.ctx.embed('shell', part.text, mapOf(doc.source, part), { role: 'config', note: `systemd ${key}` });
      doc.used.add(node);
    }
  }
  for (const key of ['OnCalendar', 'OnBootSec', 'OnUnitActiveSec', 'OnStartupSec'])
    for (const node of find(doc.tree.root, 'Timer', key)) persist(doc.ctx, node.start, node.end, 'systemd', `${key}=${textOfNode(node) ?? ''}`);
  for (const node of find(doc.tree.root, 'Service', 'User'))
    if (textOfNode(node) === 'root') state(doc, node, 'os', 'systemd.User', 'root', 'privileged');
  for (const node of find(doc.tree.root, 'Service', 'Environment'))
    environment(doc, { kind: 'list', start: node.start, end: node.end, items: [node] });
}

/** Desktop entries: what a double click or a login runs. */
export function readDesktop(doc: Doc): void {
  const autostart = /autostart/i.test(doc.ctx.file.path) || textAt(doc.tree.root, 'Desktop Entry', 'X-GNOME-Autostart-enabled') === 'true';
  for (const key of ['Exec', 'TryExec']) {
    for (const node of find(doc.tree.root, 'Desktop Entry', key)) {
      if (node.kind !== 'text' || node.text === '') continue;
      if (autostart) persist(doc.ctx, node.start, node.end, 'login-item', node.text);
      doc.ctx.embed('shell', node.text.replace(/ %[a-zA-Z]/g, '   '), mapOf(doc.source, node), {
        role: 'config',
        note: autostart ? 'autostart entry' : 'desktop entry',
      });
      doc.used.add(node);
    }
  }
}

const WHEN =
  /^[ \t]{0,20}(?:(@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly))|(?:[\d*,/A-Za-z-]{1,60}[ \t]{1,20}){4}[\d*,/A-Za-z-]{1,60})[ \t]{1,20}(?=\S)/;

/** A crontab. `system` tables name a user before the command. */
export function readCrontab(source: string, ctx: ReadContext, system: boolean): void {
  let at = 0;
  while (at < source.length) {
    ctx.step();
    let end = source.indexOf('\n', at);
    if (end < 0) end = source.length;
    const line = source.slice(at, end);
    const when = /^[ \t]{0,20}#/.test(line) ? null : WHEN.exec(line);
    if (when !== null) {
      const user = system ? (/^[\w-]{1,40}[ \t]{1,20}/.exec(line.slice(when[0].length))?.[0].length ?? 0) : 0;
      const from = when[0].length + user;
      const text = line.slice(from).trimEnd();
      persist(ctx, at, at + line.length, 'cron', text);
      // Everything behind an unescaped % is standard input of the command.
      const cut = /[^\\]%/.exec(text);
      ctx.embed('shell', cut === null ? text : text.slice(0, cut.index + 1), shifted(at + from, end), {
        role: 'config',
        note: `cron ${when[0].trim().slice(0, 40)}`,
      });
    }
    at = end + 1;
  }
}

/** Lines of a text with their places, cut at 4,000 characters. */
function* linesOf(source: string, ctx: ReadContext): Generator<{ readonly start: number; readonly text: string }> {
  let at = 0;
  while (at < source.length) {
    ctx.step();
    let end = source.indexOf('\n', at);
    if (end < 0) end = source.length;
    const raw = source.slice(at, Math.min(end, at + 4_000));
    const text = raw.trim();
    if (text !== '') yield { start: at + raw.indexOf(text), text };
    at = end + 1;
  }
}

const RUN_KEY =
  /\\(?:Run|RunOnce|RunServices|Winlogon|Userinit|AppInit_DLLs|Image File Execution Options\\[^\\]{1,80}|Shell|Command Processor|Environment)$|\\shell\\[^\\]{1,60}\\command$/i;
const PROTECTION =
  /(?:DisableAntiSpyware|DisableRealtimeMonitoring|EnableLUA|DisableTaskMgr|EnableFirewall|ExecutionPolicy|ConsentPromptBehaviorAdmin|LocalAccountTokenFilterPolicy|SmartScreenEnabled)$/i;

/** Windows registry scripts: keys that start programs or loosen the system. */
export function readReg(source: string, ctx: ReadContext): void {
  let key = '';
  for (const { start, text } of linesOf(source, ctx)) {
    if (text.startsWith('[')) {
      key = text.slice(1, text.indexOf(']') < 0 ? undefined : text.indexOf(']'));
      continue;
    }
    // `"name"=value`, `@=value`
    const cut = text.startsWith('@') ? 1 : text.indexOf('"', 1) + 1;
    if ((!text.startsWith('"') && !text.startsWith('@')) || cut === 0 || text[cut] !== '=') continue;
    const name = text.slice(1, Math.max(1, cut - 1));
    const raw = text.slice(cut + 1).trim();
    const value = (raw.startsWith('"') && raw.endsWith('"') && raw.length > 1 ? raw.slice(1, -1) : raw)
      .replaceAll('\\"', '"')
      .replaceAll('\\\\', '\\');
    const end = start + text.length;
    if (RUN_KEY.test(key)) {
      persist(ctx, start, end, 'run-key', value);
      ctx.embed('batch', value, collapsed(start, end), { role: 'config', note: 'registry run key' });
    } else {
      const effect = PROTECTION.test(name) ? 'disable-protection' : 'other';
      ctx.fact(start, end, {
        kind: 'config',
        system: 'os',
        key: `${key}\\${name}`.slice(0, 200),
        value: known(value.slice(0, 200)),
        effect,
        via: 'file',
      });
    }
  }
}

/** Lines of other grammars that carry a command: udev `RUN+=`, setup information `RunPreSetupCommands`, autorun `open=`. */
export function readCommandLines(source: string, ctx: ReadContext): void {
  for (const { start, text } of linesOf(source, ctx)) {
    if (/^[#;]/.test(text)) continue;
    const udev = /\b(?:RUN|PROGRAM)(?:\{program\})?\+?=\s{0,4}"/.exec(text);
    const autorun =
      udev === null ? /^(?:open|shellexecute|shell\\[\w\\]{1,40}command|RunPreSetupCommands|RunPostSetupCommands)\s{0,4}=\s{0,4}/i.exec(text) : null;
    const head = udev ?? autorun;
    if (head === null) continue;
    const from = head.index + head[0].length;
    const close = udev === null ? -1 : text.indexOf('"', from);
    const line = text.slice(from, close < 0 ? undefined : close);
    persist(ctx, start, start + text.length, udev === null ? 'login-item' : 'service', line);
    ctx.embed(udev === null ? 'batch' : 'shell', line, shifted(start + from, start + from + line.length), {
      role: 'config',
      note: udev === null ? 'autorun' : 'udev rule',
    });
  }
}
