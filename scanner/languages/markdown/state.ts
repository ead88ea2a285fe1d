/** What is carried through a document while it is walked: headings, block numbers, what the document commands, elements that hide. */
import type { Stance } from '../../model.ts';
import type { ReadContext } from '../contract.ts';
import type { Hider } from '../html/read.ts';
import { type Commands, type Introduced, isCommanded, type Said, type Setting, stanceOf, unsaid } from './setting.ts';

/** Raw HTML elements that hide what they contain and are still open. */
export interface Markup {
  readonly hiders: Hider[];
}

export interface Walk {
  readonly ctx: ReadContext;
  /** Blocks counted so far. */
  block: number;
  /** Offset of the block being read. */
  at: number;
  /** Headings above, outermost first, with what each says about what is under it. */
  readonly headings: { readonly level: number; readonly title: string; readonly setting: Setting; readonly strict: boolean; readonly top: boolean }[];
  readonly commands: Commands;
  readonly markup: Markup;
  /** The file is what the agent reads first: its commands are instructions. */
  readonly instructs: boolean;
}

export const sectionOf = (walk: Walk): string[] => walk.headings.map((heading) => heading.title);

/** What the innermost heading that says anything says. */
export function headingAround(walk: Walk): Said {
  for (let index = walk.headings.length - 1; index >= 0; index--) {
    const { setting, strict, title, top } = walk.headings[index]!;
    if (setting === 'none') continue;
    // The title names the skill ("Log Mailer", "Template Engine"): it does not make samples of everything below it.
    if (top && (setting === 'output' || setting === 'example')) continue;
    return { setting, label: title, strict: strict && !top, by: top ? 'title' : index === walk.headings.length - 1 ? 'near' : 'far' };
  }
  return { ...unsaid, label: walk.headings.at(-1)?.title ?? '' };
}

/** Stance that what was said gives to a block, unless a sentence of the document commands the block. */
export function settled(walk: Walk, said: Said, what: Introduced, quoted: boolean): Stance {
  const stance = stanceOf(said, what);
  const lowered: Stance = stance === 'use' && quoted && said.setting !== 'command' ? 'example' : stance;
  return lowered !== 'use' && isCommanded(walk.commands, said.label, walk.at) ? 'use' : lowered;
}
