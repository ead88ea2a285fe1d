/** What a check against the Agent Skills specification says, and how a fix is written down. @see https://agentskills.io/specification */

export type SpecCode =
  | 'skill-file-missing'
  | 'skill-file-name'
  | 'not-utf8'
  | 'byte-order-mark'
  | 'line-ends'
  | 'frontmatter-missing'
  | 'frontmatter-unclosed'
  | 'frontmatter-too-large'
  | 'frontmatter-invalid'
  | 'frontmatter-dashes'
  | 'frontmatter-reference'
  | 'key-duplicate'
  | 'key-misspelt'
  | 'key-unknown'
  | 'name-missing'
  | 'name-invalid'
  | 'name-not-folder'
  | 'description-missing'
  | 'description-invalid'
  | 'description-too-long'
  | 'description-short'
  | 'license-invalid'
  | 'compatibility-invalid'
  | 'compatibility-too-long'
  | 'metadata-invalid'
  | 'metadata-not-text'
  | 'openclaw-metadata'
  | 'allowed-tools-invalid'
  | 'allowed-tools-commas'
  | 'body-empty'
  | 'body-long'
  | 'link-broken'
  | 'link-outside'
  | 'markdown-unread';

/** One edit of a file: bytes `start` to `end` become `text` in UTF-8. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A mechanical repair: it changes these bytes of `path`, or only its name, and nothing else. */
export type SpecFix =
  | { readonly kind: 'edit'; readonly says: string; readonly path: string; readonly edits: readonly Edit[] }
  | { readonly kind: 'rename'; readonly says: string; readonly path: string; readonly to: string };

export interface SpecProblem {
  readonly code: SpecCode;
  /** An error breaks the specification: some host will not load the skill, or will load another one. A warning costs something or is read differently by hosts. */
  readonly severity: 'error' | 'warning';
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** What is wrong. Text of the skill in it is quoted. */
  readonly says: string;
  readonly expected: string;
  /** What to do. */
  readonly todo: string;
  readonly fix?: SpecFix;
}

export interface SpecOptions {
  /** Whether repairs that are costly to work out are given as well (default true). */
  readonly fixes?: boolean;
  /** Name of the folder the skill lies in; without it nothing is said about the folder. */
  readonly folderName?: string;
}
