/** What all verbs share: errors in our words, and where to look for help. */
import type { Command } from 'commander';

/** Makes a program and all below it throw instead of ending the process, and end a mistake with a pointer to the help that lists what was expected. */
export function polish(command: Command, path = command.name()): void {
  command
    .exitOverride()
    .showHelpAfterError(`(${path} --help lists ${command.commands.length > 0 ? 'verbs and options' : 'its options'})`)
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'skill: ')) });
  for (const child of command.commands) polish(child, `${path} ${child.name()}`);
}
