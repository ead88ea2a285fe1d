/** What the writers of a change are told besides the Change. */

/** The text of a file of one side by its path; nothing for what is no text. */
export type TextOf = (path: string) => string | undefined;

export interface ChangeOptions {
  /** Width of the terminal in columns; 100 by default. */
  readonly columns?: number;
  /** Write ANSI colours (terminal only). */
  readonly color?: boolean;
  /** Everything: findings that went and stayed, every step, every file. */
  readonly verbose?: boolean;
  /** The verdict and nothing else (terminal only). */
  readonly quiet?: boolean;
  /** The texts of both sides, for the page that shows them side by side (HTML only); without them it names the files. */
  readonly texts?: { readonly before: TextOf; readonly after: TextOf };
}
