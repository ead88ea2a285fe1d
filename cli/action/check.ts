/**
 * The GitHub action: runs our own command from our own folder, shows what it found where GitHub shows such things, and ends with its exit code.
 *
 * Promises: nothing of the workspace runs (no npm, no npx, no program by name but git, which the command starts hardened); the process that reads the repository gets neither the token nor any other secret of the
 * job; a token that may not write (forks) costs the upload to code scanning and nothing else; annotations and the job summary need no permission at all.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { fromEnvironment, type Surroundings } from '../check/environment.ts';
import { CheckError, type CheckReport } from '../check/model.ts';
import { checkGithub } from '../check/report/github.ts';
import { checkMarkdown } from '../check/report/markdown.ts';
import { slimReport } from '../check/report/slim.ts';
import { ActionError, addSummary, type Env, flag, input, type Log, logTo, SUMMARY, setOutput } from './runner.ts';
import { uploadSarif } from './upload.ts';

/** What the command needs to know; everything else, above all tokens, stays out. */
const PASSED = [
  ...['PATH', 'HOME', 'TMPDIR', 'RUNNER_TEMP', 'SystemRoot', 'USERPROFILE', 'TEMP', 'TMP', 'TZ', 'CI'],
  ...[
    'GITHUB_ACTIONS',
    'GITHUB_EVENT_NAME',
    'GITHUB_EVENT_PATH',
    'GITHUB_REF',
    'GITHUB_SHA',
    'GITHUB_REPOSITORY',
    'GITHUB_SERVER_URL',
    'GITHUB_BASE_REF',
  ],
];
const MINUTES = 60;
const OUTPUT = 16 * 1024 * 1024;

/** A folder that the workspace cannot have prepared. */
function outside(path: string, workspace: string, name: string): string {
  const whole = resolve(path);
  const real = existsSync(whole) ? realpathSync(whole) : whole;
  const inside = [whole, real].some((one) => {
    const way = relative(workspace, one);
    return way === '' || (!way.startsWith('..') && !isAbsolute(way));
  });
  if (inside)
    throw new ActionError(
      `The input ${name} lies inside the workspace, where the change itself could have put files. Use a folder below \${{ runner.temp }}.`,
    );
  return real;
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], cwd: string, env: Env): Promise<Ran> {
  const passed: Record<string, string> = {};
  for (const name of PASSED) if (env[name] !== undefined) passed[name] = env[name]!;
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args as string[], { cwd, env: passed, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const parts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        if (parts[name].length < OUTPUT) parts[name] += text;
      });
    const timer = setTimeout(() => child.kill('SIGKILL'), MINUTES * 60_000);
    child.on('error', (error) => {
      clearTimeout(timer);
      fail(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code, ...parts });
    });
  });
}

/** Arguments from inputs. Values are never options: each stands after its own name, and those that begin with a dash are refused. */
function argumentsOf(env: Env, files: { readonly json: string; readonly sarif: string }, workspace: string): string[] {
  const args = ['check', '--format', 'terminal', '--output', `json=${files.json}`, '--output', `sarif=${files.sarif}`, '--no-color'];
  for (const name of ['base', 'head', 'policy', 'fail-on', 'as-of', 'jobs']) {
    const value = input(env, name);
    if (value === undefined) continue;
    if (value.startsWith('-')) throw new ActionError(`The input ${name} must not begin with a dash.`);
    args.push(`--${name}`, value);
  }
  if (flag(env, 'all', false)) args.push('--all');
  if (flag(env, 'warn-only', false)) args.push('--warn-only');
  const cache = input(env, 'cache');
  if (cache === undefined) args.push('--no-cache');
  else args.push('--cache', outside(cache, workspace, 'cache'));
  return args;
}

function summaryOf(report: CheckReport, around: Surroundings): string {
  const links = around.links === undefined ? {} : { links: around.links };
  for (const most of [SUMMARY, SUMMARY / 3]) {
    const text = checkMarkdown(report, { ...links, most, whole: 'the report in the artifact' });
    if (Buffer.byteLength(text) <= SUMMARY) return text;
  }
  return checkMarkdown(report, { ...links, most: 100_000 });
}

/**
 * Runs the action.
 * @param command our own command's file
 * @returns the exit code
 */
export async function checkAction(env: Env, command: string, write: (text: string) => void): Promise<number> {
  const log = logTo(write);
  try {
    return await checked(env, command, log);
  } catch (error) {
    if (!(error instanceof ActionError || error instanceof CheckError)) throw error;
    log.error(error.message);
    setOutput(env, 'verdict', 'error');
    setOutput(env, 'exit-code', '2');
    return 2;
  }
}

async function checked(env: Env, command: string, log: Log): Promise<number> {
  const workspace = realpathSync(env['GITHUB_WORKSPACE'] ?? process.cwd());
  const cwd = resolve(workspace, input(env, 'directory') ?? '.');
  const around = fromEnvironment(env, (path, most) => {
    if (statSync(path).size > most) throw new ActionError('The event file is too large.');
    return readFileSync(path, 'utf8');
  });
  const given = input(env, 'report-folder');
  const folder = given === undefined ? mkdtempSync(join(env['RUNNER_TEMP'] ?? tmpdir(), 'skillward-')) : outside(given, workspace, 'report-folder');
  mkdirSync(folder, { recursive: true });
  const files = { json: join(folder, 'report.json'), sarif: join(folder, 'check.sarif'), comment: join(folder, 'comment.json') };
  // What an earlier step left there is not what this one found.
  for (const path of Object.values(files)) rmSync(path, { force: true });
  for (const [name, path] of [
    ['folder', folder],
    ['report', files.json],
    ['comment', files.comment],
    ['sarif', files.sarif],
  ] as const)
    setOutput(env, name, path);
  const { code, stdout, stderr } = await run([command, ...argumentsOf(env, files, workspace)], cwd, env);
  log.text(stdout);
  log.text(stderr);
  const ended = code ?? 5;
  setOutput(env, 'exit-code', String(ended));
  if (!existsSync(files.json)) {
    // Nothing was compared: a mistake in the set-up, a conflict, a deleted branch.
    setOutput(env, 'verdict', ended === 0 ? 'pass' : 'error');
    if (ended !== 0) log.error(lastLine(stderr) || `The check ended with exit code ${ended} and without a report.`);
    return ended;
  }
  const report = JSON.parse(readFileSync(files.json, 'utf8')) as CheckReport;
  setOutput(env, 'verdict', report.verdict.decision);
  writeFileSync(files.comment, JSON.stringify(slimReport(report)));
  log.commands(checkGithub(report, { whole: 'the job summary' }));
  addSummary(env, summaryOf(report, around));
  await upload(env, report, files.sarif, around, log);
  return ended;
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

/**
 * Code scanning takes what an analysis does not name any more for fixed: what a push added is no whole analysis of the branch, so pushes are left out. Pull requests are compared by GitHub, full runs are whole.
 */
async function upload(env: Env, report: CheckReport, file: string, around: Surroundings, log: Log): Promise<void> {
  const token = input(env, 'token');
  const compared = around.event === 'pull_request' || around.event === 'merge_group';
  if (!flag(env, 'upload-sarif', true) || token === undefined || !(compared || report.repository.mode === 'all')) return;
  const says = await uploadSarif(env, token, readFileSync(file));
  if (says !== undefined) log.notice(says);
}
