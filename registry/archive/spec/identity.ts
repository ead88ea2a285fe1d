/** `name` and `description`: what every host has to have of a skill. */
import { isAlias, isMap, isScalar, isSeq, type Pair } from 'yaml';
import { scalarText } from '../frontmatter.ts';
import { type Check, endOf, type Fix, inYaml, replace, say, specKeyLike } from './field.ts';
import { edit, isName, nameFrom, quote } from './text.ts';

const NAME = 'name: 1 to 64 lower-case letters a to z, digits and single hyphens inside, the same as its folder';

export function checkName(check: Check): void {
  const { folderName } = check.options;
  const folder = folderName !== undefined && isName(folderName) ? folderName : undefined;
  const pair = check.pairs.get('name');
  const text = scalarText(pair?.value)?.trim() ?? '';
  if (text === '') {
    if (check.pairs.size > 0 && [...check.pairs.keys()].some((key) => key !== 'name' && specKeyLike(key) === 'name')) return;
    const fix =
      folder === undefined || check.front.map === undefined || check.front.map.flow === true
        ? undefined
        : pair === undefined
          ? { says: `add name: ${folder}`, edits: [edit(check.file.text, check.front.at, check.front.at, `name: ${inYaml(folder)}\n`)] }
          : emptyValue(check, pair, folder);
    say(check, pair?.key, 'name-missing', 'error', 'The skill has no name.', NAME, 'Add name with the name of the folder.', fix);
    return;
  }
  if (!isScalar(pair?.value)) return;
  const { value } = pair;
  const wanted = folder ?? nameFrom(text);
  if (typeof value.value !== 'string') {
    say(
      check,
      value,
      'name-invalid',
      'error',
      `To YAML the name ${quote(text)} is no text.`,
      NAME,
      'Put it into quotation marks.',
      isName(text) ? replace(check, value, JSON.stringify(text), 'put it into quotation marks') : undefined,
    );
    return;
  }
  if (!isName(value.value)) {
    say(
      check,
      value,
      'name-invalid',
      'error',
      `The name ${quote(value.value)} ${wrongWith(value.value)}.`,
      NAME,
      wanted === undefined ? 'Choose another name.' : `Write ${wanted}.`,
      wanted === undefined ? undefined : replace(check, value, inYaml(wanted), `write ${wanted}`),
    );
    return;
  }
  if (folderName === undefined || value.value === folderName) return;
  say(
    check,
    value,
    'name-not-folder',
    'error',
    `The name ${value.value} is not that of its folder, ${quote(folderName)}.`,
    NAME,
    folder === undefined ? `Rename the folder to ${value.value}.` : `Write ${folder}, or rename the folder to ${value.value}.`,
    folder === undefined ? undefined : replace(check, value, inYaml(folder), `write ${folder}`),
  );
}

/** The fix for `name:` with nothing behind it. */
function emptyValue(check: Check, pair: Pair, name: string): Fix | undefined {
  const { text } = check.file;
  const at = endOf(check, pair.key);
  const line = text.indexOf('\n', at);
  const rest = text.slice(at, line);
  if (rest.trim() !== ':') return undefined;
  return { says: `write ${name}`, edits: [edit(text, at, at + rest.trimEnd().length, `: ${inYaml(name)}`)] };
}

function wrongWith(name: string): string {
  if ([...name].length > 64) return `has ${[...name].length} characters`;
  if (/[^\x00-\x7f]/.test(name)) return 'has characters beyond ASCII, which some hosts refuse';
  if (/[A-Z]/.test(name)) return 'has capital letters';
  if (/[^a-z0-9-]/.test(name)) return 'has characters other than letters, digits and hyphens';
  return 'begins or ends with a hyphen or has two in a row';
}

export function checkDescription(check: Check): void {
  const expected = 'description: 1 to 1024 characters that say what the skill does and when to use it';
  const pair = check.pairs.get('description');
  const value = pair?.value;
  const text = scalarText(value);
  if (value !== null && value !== undefined && text === undefined && (isMap(value) || isSeq(value) || isAlias(value))) {
    say(check, value, 'description-invalid', 'error', 'The description is no text.', expected, 'Write it as one text, in quotation marks.');
    return;
  }
  if (text === undefined || text.trim() === '') {
    if (pair === undefined && [...check.pairs.keys()].some((key) => specKeyLike(key) === 'description')) return;
    const todo = 'Say in one or two sentences what the skill does and when an agent should use it.';
    say(check, pair?.key, 'description-missing', 'error', 'The skill has no description, by which agents choose it.', expected, todo);
    return;
  }
  if (isScalar(value) && typeof value.value !== 'string') {
    const fix = replace(check, value, JSON.stringify(text), 'put it into quotation marks');
    say(
      check,
      value,
      'description-invalid',
      'error',
      `To YAML the description ${quote(text)} is no text.`,
      expected,
      'Put it into quotation marks.',
      fix,
    );
    return;
  }
  const length = [...text].length;
  if (length > 1024)
    say(
      check,
      value,
      'description-too-long',
      'error',
      `The description has ${length} characters.`,
      expected,
      'Shorten it; details belong into the body.',
    );
  else if (length < 20)
    say(
      check,
      value,
      'description-short',
      'warning',
      `The description has only ${length} characters; agents will hardly know when to use the skill.`,
      expected,
      'Name the task and the words by which a user asks for it.',
    );
}
