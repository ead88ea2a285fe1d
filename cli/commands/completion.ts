/** `skill completion`: scripts made from the command definitions themselves, so they cannot fall behind. */
import type { Command } from 'commander';
import { presets } from '../../scanner/policy/index.ts';
import { rules } from '../../scanner/rules/index.ts';
import { print } from '../tty.ts';

interface Verb {
  readonly name: string;
  readonly about: string;
  readonly flags: readonly {
    readonly long: string;
    readonly short: string | undefined;
    readonly about: string;
    readonly values: readonly string[];
    readonly takes: boolean;
  }[];
  readonly values: readonly string[];
}

function verbsOf(commands: readonly Command[]): Verb[] {
  return commands.map((command) => ({
    name: command.name(),
    about: command.summary() || command.description(),
    // A verb of verbs (skill user add) offers those, and the options of all of them.
    flags: [...new Map([command, ...command.commands].flatMap((one) => one.options.map((option) => [option.long, option]))).values()]
      .filter((option) => option.long)
      .map((option) => ({
        long: option.long!,
        short: option.short,
        about: option.description,
        values: option.long === '--policy' ? [...presets] : (option.argChoices ?? []),
        takes: option.required || option.optional,
      })),
    values:
      command.name() === 'explain'
        ? rules.map((rule) => rule.id)
        : command.name() === 'completion'
          ? ['bash', 'zsh', 'fish']
          : command.commands.map((one) => one.name()),
  }));
}

const quote = (text: string): string => text.replace(/['\\[\]:]/g, ' ');

export async function completion(shell: string, commands: readonly Command[]): Promise<number> {
  const verbs = verbsOf(commands);
  if (shell === 'bash') {
    const cases = verbs.map((verb) => {
      const values = verb.flags
        .filter((flag) => flag.values.length > 0)
        .map(
          (flag) =>
            `        ${[flag.long, ...(flag.short ? [flag.short] : [])].join('|')}) COMPREPLY=($(compgen -W '${flag.values.join(' ')}' -- "$cur")); return;;`,
        );
      const words = [...verb.flags.map((flag) => flag.long), ...verb.values].join(' ');
      return `    ${verb.name})\n      case "$prev" in\n${values.join('\n')}\n      esac\n      COMPREPLY=($(compgen -W '${words}' -- "$cur") $(compgen -f -- "$cur"));;`;
    });
    await print(
      `_skill() {\n  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"\n  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W '${verbs.map((verb) => verb.name).join(' ')} help --help --version' -- "$cur")); return; fi\n  case "\${COMP_WORDS[1]}" in\n${cases.join('\n')}\n  esac\n}\ncomplete -o filenames -F _skill skill skillward\n`,
    );
  } else if (shell === 'zsh') {
    const cases = verbs.map((verb) => {
      const flags = verb.flags.flatMap((flag) =>
        [flag.long, ...(flag.short ? [flag.short] : [])].map(
          (name) =>
            `'${name}[${quote(flag.about)}]${flag.takes ? `:value:${flag.values.length > 0 ? `(${flag.values.join(' ')})` : '_files'}` : ''}'`,
        ),
      );
      const rest = verb.values.length > 0 ? `'*:value:(${verb.values.join(' ')})'` : "'*:target:_files'";
      return `      ${verb.name}) _arguments ${[...flags, rest].join(' ')};;`;
    });
    await print(
      `#compdef skill skillward\n_skill() {\n  if (( CURRENT == 2 )); then\n    local -a verbs=(${verbs.map((verb) => `'${verb.name}:${quote(verb.about)}'`).join(' ')})\n    _describe 'verb' verbs\n  else\n    local verb="$words[2]"\n    shift words; (( CURRENT-- ))\n    case "$verb" in\n${cases.join('\n')}\n    esac\n  fi\n}\n_skill "$@"\n`,
    );
  } else {
    const lines = ['skill', 'skillward'].flatMap((name) => [
      ...verbs.map((verb) => `complete -c ${name} -n __fish_use_subcommand -a ${verb.name} -d '${quote(verb.about)}'`),
      ...verbs.flatMap((verb) => [
        ...verb.flags.map(
          (flag) =>
            `complete -c ${name} -n '__fish_seen_subcommand_from ${verb.name}' -l ${flag.long.slice(2)}${flag.short ? ` -s ${flag.short.slice(1)}` : ''}${flag.takes ? ' -r' : ''}${flag.values.length > 0 ? ` -f -a '${flag.values.join(' ')}'` : ''} -d '${quote(flag.about)}'`,
        ),
        ...(verb.values.length > 0 ? [`complete -c ${name} -n '__fish_seen_subcommand_from ${verb.name}' -f -a '${verb.values.join(' ')}'`] : []),
      ]),
    ]);
    await print(`${lines.join('\n')}\n`);
  }
  return 0;
}
