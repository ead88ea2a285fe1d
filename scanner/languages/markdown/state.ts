/** What is carried through a document while it is walked: headings, block numbers, what the document commands, elements that hide. */
import type { Stance } from '../../model.ts';
import type { ReadContext } from '../contract.ts';
import type { Hider } from '../html/read.ts';
import { type Commands, isCommanded, type Setting, stanceOf } from './setting.ts';

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
  readonly headings: { readonly level: number; readonly title: string; readonly setting: Setting }[];
  readonly commands: Commands;
  readonly markup: Markup;
  /** The file is what the agent reads first: its commands are instructions. */
  readonly instructs: boolean;
}

export const sectionOf = (walk: Walk): string[] => walk.headings.map((heading) => heading.title);

/** The setting of the innermost heading that says anything, and its title. */
export function headingAround(walk: Walk): { readonly setting: Setting; readonly label: string } {
  for (let index = walk.headings.length - 1; index >= 0; index--) {
    const heading = walk.headings[index]!;
    if (heading.setting !== 'none') return { setting: heading.setting, label: heading.title };
  }
  return { setting: 'none', label: walk.headings.at(-1)?.title ?? '' };
}

/** Stance that a setting gives to a block, unless a sentence of the document commands the block. */
export function settled(walk: Walk, setting: Setting, label: string, quoted: boolean): Stance {
  const stance = stanceOf(setting);
  const lowered: Stance = stance === 'use' && quoted && setting !== 'command' ? 'example' : stance;
  return lowered !== 'use' && isCommanded(walk.commands, label, walk.at) ? 'use' : lowered;
}
