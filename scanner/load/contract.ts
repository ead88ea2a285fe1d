/**
 * What a source reader yields: entries of one package, raw and unjudged. `assemble` (assemble.ts) judges paths, decodes text, applies limits and makes the Skill.
 * Readers never repair a name and never follow a link: what the source says is what stands here.
 */
import type { Problem } from '../model.ts';

export type SourceEntry =
  | { readonly path: string; readonly kind: 'file'; readonly bytes: Uint8Array; readonly executable?: boolean }
  | { readonly path: string; readonly kind: 'link' | 'hardlink' | 'device' | 'submodule'; readonly target: string }
  /** A file whose bytes were not kept, and why. `head` (its first bytes) and `sha256` are given where they cost little. */
  | {
      readonly path: string;
      readonly kind: 'unread';
      readonly size: number;
      readonly why:
        | 'file-too-large'
        | 'too-many-bytes'
        | 'too-many-files'
        | 'ratio-bomb'
        | 'encrypted-archive'
        | 'unreadable'
        | 'time-limit'
        | 'malformed-archive';
      readonly head?: Uint8Array;
      readonly sha256?: string;
    }
  /** Something wrong with the source that is not the fault of one file. */
  | { readonly path: string; readonly kind: 'problem'; readonly code: Problem['code']; readonly says: string; readonly incomplete: boolean };

/** Why bytes are missing, in words. */
export const whyUnread: Readonly<Record<Extract<SourceEntry, { kind: 'unread' }>['why'], string>> = {
  'file-too-large': 'is larger than the limit for one file and was not read',
  'too-many-bytes': 'was not read: the package is larger than the limit for all files together',
  'too-many-files': 'was not read: the package has more files than the limit',
  'ratio-bomb': 'expands far beyond its packed size and was not read',
  'encrypted-archive': 'is encrypted and cannot be read without its password',
  unreadable: 'could not be read',
  'time-limit': 'was not read within the time limit',
  'malformed-archive': 'is damaged inside its archive and could not be read',
};
