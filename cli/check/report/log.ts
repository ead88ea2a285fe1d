/**
 * Text on its way to the log of a CI, where some lines are commands: GitHub's `::error::`, `::set-output`, `::add-mask::` (leading blanks are skipped by the runner) and `##[…]` anywhere in a line, Azure's `##vso[…]`,
 * TeamCity's `##teamcity[…]`. GitLab's section marks need a carriage return and an escape character, which `visible` has turned into text before.
 *
 * It promises that a file name, an evidence or a reason from the repository is never a command, whatever line breaking did to it.
 * https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 */

/** Lines as they are, but none of them a command. Colours of ours before a command do not hide it. */
export const quietLog = (text: string): string =>
  text
    .split('\n')
    .map((line) => {
      const lead = /^(?:\x1b\[[0-9;]{0,20}m|[\s\ufeff])*/.exec(line)![0].length;
      const safe = line.startsWith('::', lead) ? `${line.slice(0, lead)}: :${line.slice(lead + 2)}` : line;
      return safe.replace(/##(?=\[|[A-Za-z]{1,20}\[)/g, '# #');
    })
    .join('\n');

/** Message of a workflow command; nothing in it is a command of the older kind. */
export const commandData = (text: string): string =>
  text
    .replace(/##(?=\[)/g, '# #')
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A');
/** Value of a property of a workflow command. */
export const commandProperty = (text: string): string => commandData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
