/**
 * Reach: who makes a file or a piece of it take effect. Prose is a programming language here: a script nobody mentions is `callable`, "first run setup.sh" makes it
 * `instructed`, a hook or a package manager's lifecycle makes it `automatic`. A fixpoint over files: what an instructed file names becomes instructed.
 */
import type { Fact, File, FileId, Reach, Skill, Unit, UnitId } from '../model.ts';
import type { Resolver } from './resolve.ts';

const ORDER: readonly Reach[] = ['automatic', 'instructed', 'callable', 'mentioned'];
export const stronger = (a: Reach, b: Reach): Reach => (ORDER.indexOf(a) <= ORDER.indexOf(b) ? a : b);

/** The file an agent loads first: SKILL.md in the spellings clients accept, nearest to the root. */
export function entryFiles(skill: Skill): File[] {
  const named = skill.files.filter((file) => /(?:^|\/)skills?\.md$/i.test(file.path));
  const depth = (file: File) => file.path.split('/').length;
  const shallowest = Math.min(...named.map(depth));
  return named.filter((file) => depth(file) === shallowest);
}

/** Files that hosts load by themselves when they lie in a project or skill folder; the manifest reader marks their live parts. */
const AUTOLOADED = [
  /(?:^|\/)(?:CLAUDE|AGENTS|GEMINI|SOUL|MEMORY|HEARTBEAT|TOOLS|IDENTITY|BOOTSTRAP)(?:\.local)?\.md$/,
  /(?:^|\/)(?:AGENTS\.override|QWEN|CRUSH|WARP)\.md$/,
  /(?:^|\/)\.(?:cursorrules|windsurfrules|clinerules|roorules|goosehints|augment-guidelines)$/,
  /(?:^|\/)\.github\/copilot-instructions\.md$/,
  /(?:^|\/)\.github\/instructions\/[^\n]{1,300}\.instructions\.md$/,
  /(?:^|\/)\.(?:claude|cursor|windsurf|continue|amazonq|trae|augment|roo|kilocode)\/rules[\w-]{0,30}\/[^\n]{1,300}\.(?:md|mdc|txt)$/,
  /(?:^|\/)\.(?:clinerules|kiro\/steering)\/[^\n]{1,300}\.(?:md|txt)$/,
  /(?:^|\/)\.junie\/guidelines\.md$/,
];
/** Does a host load this file by itself, by where it lies? */
export const isAutoloaded = (path: string): boolean => AUTOLOADED.some((pattern) => pattern.test(path));

export interface Reaches {
  unit(id: UnitId): Reach;
  readonly files: ReadonlyMap<FileId, Reach>;
}

export function reaches(skill: Skill, units: readonly Unit[], facts: readonly Fact[], resolve: Resolver): Reaches {
  const byUnit = new Map(units.map((unit) => [unit.id, unit]));
  const files = new Map<FileId, Reach>();
  const entries = entryFiles(skill);
  for (const file of entries) files.set(file.id, 'instructed');
  for (const file of skill.files) if (isAutoloaded(file.path)) files.set(file.id, 'automatic');
  // A skill without SKILL.md, or a loose file that was vetted on its own: nobody says what runs, so everything may.
  if (entries.length === 0) for (const file of skill.files) if (!files.has(file.id)) files.set(file.id, 'instructed');

  const unitMemo = new Map<UnitId, Reach>();
  const own = (unit: Unit): Reach => {
    const memo = unitMemo.get(unit.id);
    if (memo !== undefined) return memo;
    const outer: Reach = unit.parent === undefined ? (files.get(unit.at.file) ?? 'callable') : own(byUnit.get(unit.parent)!);
    let reach: Reach = unit.stance === 'mention' ? 'mentioned' : (unit.reach ?? outer);
    // A fence is never reached more surely than the page it stands in, unless the host runs it by itself.
    if (reach === 'instructed' && unit.parent !== undefined && outer === 'callable') reach = 'callable';
    if (outer === 'mentioned') reach = 'mentioned';
    unitMemo.set(unit.id, reach);
    return reach;
  };

  // Which files does a fact of a live unit bring into play?
  const names = new Map<FileId, { from: Unit; file: File }[]>();
  const note = (unit: Unit, file: File | undefined) => {
    if (file === undefined || file.id === unit.at.file) return;
    const list = names.get(unit.at.file);
    if (list) list.push({ from: unit, file });
    else names.set(unit.at.file, [{ from: unit, file }]);
  };
  for (const fact of facts) {
    const unit = byUnit.get(fact.unit);
    if (unit === undefined) continue;
    const from = skill.files[fact.at.file]!;
    if ((fact.kind === 'exec' || fact.kind === 'read') && fact.path !== undefined) note(unit, resolve.file(fact.path, from));
    if (fact.kind === 'exec') for (const argument of fact.argv) note(unit, resolve.file(argument, from));
    if (fact.kind === 'link') note(unit, resolve.file(fact.url, from));
    if (fact.kind === 'persist' && fact.path !== undefined) note(unit, resolve.file(fact.path, from));
    if (fact.kind === 'instruct')
      for (const object of fact.objects) if (object.text.includes('.')) note(unit, resolve.text(object.text.replace(/[`'"]/g, ''), from));
  }
  // Whatever else an instruction file names by its path in plain text: agents follow such names.
  const mentions = (file: File): void => {
    if (!/\.(?:md|mdx|markdown|txt|ya?ml|json|toml)$/i.test(file.path)) return;
    const root = units.find((unit) => unit.at.file === file.id && unit.parent === undefined);
    if (root === undefined) return;
    for (const other of skill.files) {
      if (other.id === file.id || files.has(other.id)) continue;
      const name = other.path.slice(other.path.lastIndexOf('/') + 1);
      if (name.length > 3 && file.text.includes(other.path.includes('/') ? `/${name}` : name)) note(root, other);
    }
  };

  // A settings file that nobody mentions still holds hooks that the host runs by itself: what they name is as automatic as they are.
  const queue = [...new Set([...files.keys(), ...units.flatMap((unit) => (unit.reach === 'automatic' ? [unit.at.file] : []))])];
  for (let at = 0; at < queue.length; at++) {
    const id = queue[at]!;
    const file = skill.files[id]!;
    mentions(file);
    for (const { from, file: target } of names.get(id) ?? []) {
      const reach = own(from);
      if (reach === 'mentioned' || reach === 'callable') continue;
      const before = files.get(target.id);
      const next: Reach = reach;
      if (before === undefined || stronger(next, before) !== before) {
        files.set(target.id, next);
        unitMemo.clear();
        queue.push(target.id);
      }
    }
  }
  unitMemo.clear();
  return { unit: (id) => own(byUnit.get(id)!), files };
}
