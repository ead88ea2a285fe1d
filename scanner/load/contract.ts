/** What a source reader yields: entries of one package, raw and unjudged. `assemble` (assemble.ts) judges paths, decodes text, applies limits and makes the Skill. */
export type SourceEntry =
  | { readonly path: string; readonly kind: 'file'; readonly bytes: Uint8Array; readonly executable?: boolean }
  | { readonly path: string; readonly kind: 'link' | 'hardlink' | 'device' | 'submodule'; readonly target: string }
  /** A file whose bytes were not read, and why. */
  | { readonly path: string; readonly kind: 'unread'; readonly size: number; readonly why: 'file-too-large' | 'too-many-bytes' | 'too-many-files' | 'ratio-bomb' | 'encrypted-archive' | 'unreadable' | 'time-limit' | 'malformed-archive' };
