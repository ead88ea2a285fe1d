/**
 * Keeps one comment on a pull request up to date, from a `workflow_run` workflow: the only place where a token that may write meets results of a run that may not be trusted.
 *
 * Promises: nothing is checked out, nothing of the artifact runs and none of its text is posted as it is; the comment is rendered here, from values that passed the schema, by the renderer whose every output is inert.
 * Which pull request it is comes from the event, which GitHub makes, and from the API: open, of the run's repository and branch, its head exactly the commit that the run was for. Only a comment with our mark whose
 * author is the token's own user is ever changed.
 *
 * What it cannot promise: that the results are true. A pull request can change the workflow that checks it; only a required workflow outside of its reach binds (docs/check-ci.md).
 */
import { readFileSync, statSync } from 'node:fs';
import { branchName, linksOf } from '../check/environment.ts';
import { CheckError, type CheckReport } from '../check/model.ts';
import { checkMarkdown, MARKER, settledComment } from '../check/report/markdown.ts';
import { downloadArtifact, findArtifact, parseReport, readArtifact } from './artifact.ts';
import { type Api, githubApi, jsonOf } from './http.ts';
import { ActionError, type Env, input, type Log, logTo, setOutput } from './runner.ts';

type Fields = Readonly<Record<string, unknown>>;
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const NAME = /^[A-Za-z0-9._-]{1,100}\/[A-Za-z0-9._-]{1,100}$/;
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const PAGES = 30;
const EVENT_BYTES = 26 * 1024 * 1024;

/** What the event says of the run; every part checked for its shape. */
interface Run {
  readonly id: number;
  readonly repository: string;
  readonly head: string;
  readonly branch: string;
  readonly from: string;
  readonly conclusion: string;
}

function runOf(env: Env): Run | string {
  if (env['GITHUB_EVENT_NAME'] !== 'workflow_run') throw new ActionError('This action belongs into a workflow that runs on workflow_run.');
  const path = env['GITHUB_EVENT_PATH'] ?? '';
  let event: Fields;
  try {
    if (statSync(path).size > EVENT_BYTES) throw new Error('too large');
    event = fields(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new ActionError('The event file that GITHUB_EVENT_PATH names could not be read as JSON.', { cause });
  }
  const run = fields(event['workflow_run']);
  if (run['event'] !== 'pull_request') return 'The run was not for a pull request: there is nothing to comment on.';
  const conclusion = text(run['conclusion']);
  if (conclusion !== 'success' && conclusion !== 'failure') return 'The run did not come to an end: there is nothing to tell.';
  const repository = text(fields(run['repository'])['full_name']);
  const from = text(fields(run['head_repository'])['full_name']);
  const head = text(run['head_sha']);
  if (!Number.isSafeInteger(run['id']) || !NAME.test(repository) || repository !== env['GITHUB_REPOSITORY'] || !COMMIT.test(head))
    throw new ActionError('The event does not say which run of this repository it is about.');
  if (!NAME.test(from)) return 'The repository that the pull request came from is gone.';
  return {
    id: run['id'] as number,
    repository,
    head,
    branch: branchName(run['head_branch'], 'workflow_run.head_branch of the event'),
    from,
    conclusion,
  };
}

/** The one open pull request whose head is what the run was for. */
async function pullOf(api: Api, run: Run): Promise<number | string> {
  const owner = run.from.split('/')[0]!;
  const answer = await api.ask(`/repos/${run.repository}/pulls?state=open&per_page=100&head=${encodeURIComponent(`${owner}:${run.branch}`)}`, {
    most: 20_000_000,
  });
  const list = jsonOf(answer, 'The pull requests');
  const found = (Array.isArray(list) ? list : []).map(fields).filter((pull) => {
    const [head, base] = [fields(pull['head']), fields(pull['base'])];
    return (
      pull['state'] === 'open' &&
      Number.isSafeInteger(pull['number']) &&
      head['sha'] === run.head &&
      text(fields(head['repo'])['full_name']) === run.from &&
      text(fields(base['repo'])['full_name']) === run.repository
    );
  });
  if (found.length === 0) return 'No open pull request has this commit as its head: it was closed, or there is a newer commit.';
  if (found.length > 1) return 'Several open pull requests have this commit as their head: which one the run was for is not known.';
  return found[0]!['number'] as number;
}

/** Who the token is. Tokens of apps (the workflow's own is one) may not ask. */
async function authorOf(api: Api, env: Env): Promise<string> {
  const given = input(env, 'author');
  if (given !== undefined) return given;
  const answer = await api.ask('/user', { most: 1_000_000 });
  if (answer.status !== 200) return 'github-actions[bot]';
  const login = text(fields(jsonOf(answer, 'The user of the token'))['login']);
  if (login === '') throw new ActionError('The API does not say who the token belongs to.');
  return login;
}

interface Comment {
  readonly id: number;
  readonly body: string;
}

async function ownComment(api: Api, repository: string, pull: number, author: string): Promise<Comment | undefined> {
  for (let page = 1; page <= PAGES; page++) {
    const answer = await api.ask(`/repos/${repository}/issues/${pull}/comments?per_page=100&page=${page}`, { most: 20_000_000 });
    const list = jsonOf(answer, 'The comments');
    if (!Array.isArray(list)) throw new ActionError('The comments: the API did not answer with a list.');
    for (const one of list.map(fields)) {
      const body = text(one['body']);
      // The mark alone is nobody's: anyone can write it.
      if (body.startsWith(MARKER) && fields(one['user'])['login'] === author && Number.isSafeInteger(one['id']))
        return { id: one['id'] as number, body };
    }
    if (list.length < 100) return undefined;
  }
  throw new ActionError(`The pull request has more than ${PAGES * 100} comments; ours is not among the first.`);
}

/**
 * Runs the poster.
 * @returns the exit code
 */
export async function commentAction(env: Env, write: (text: string) => void): Promise<number> {
  const log = logTo(write);
  try {
    return await posted(env, log);
  } catch (error) {
    if (!(error instanceof ActionError || error instanceof CheckError)) throw error;
    log.error(error.message);
    return 1;
  }
}

async function posted(env: Env, log: Log): Promise<number> {
  const told = (says: string): number => {
    log.text(says);
    setOutput(env, 'done', 'nothing');
    return 0;
  };
  const run = runOf(env);
  if (typeof run === 'string') return told(run);
  const token = input(env, 'token');
  if (token === undefined) throw new ActionError('The input token is missing; it is github.token by default.');
  const api = githubApi(env, token, seconds(env));
  const pull = await pullOf(api, run);
  if (typeof pull === 'string') return told(pull);
  const artifact = await findArtifact(api, run.repository, run.id, input(env, 'artifact') ?? 'skillward');
  if (artifact === undefined) return told('The run left no artifact of that name.');
  const report = await parseReport(await readArtifact(await downloadArtifact(api, run.repository, artifact, seconds(env))));
  if (run.conclusion === 'failure' && report.verdict.exitCode === 0)
    return told('The run failed, but its report says that nothing was found: that is not told further.');

  const mine = await ownComment(api, run.repository, pull, await authorOf(api, env));
  const body = bodyOf(env, run, report);
  if (body === undefined && mine === undefined) return told('There is nothing to report, and no comment to change.');
  const wanted = body ?? settledComment(report);
  if (mine?.body.trim() === wanted.trim()) return told('The comment says so already.');
  const answer = await api.ask(
    mine === undefined ? `/repos/${run.repository}/issues/${pull}/comments` : `/repos/${run.repository}/issues/comments/${mine.id}`,
    {
      method: mine === undefined ? 'POST' : 'PATCH',
      json: { body: wanted },
      most: 2_000_000,
    },
  );
  jsonOf(answer, 'The comment', [200, 201]);
  setOutput(env, 'done', mine === undefined ? 'created' : 'updated');
  log.text(`The comment on pull request ${pull} was ${mine === undefined ? 'written' : 'updated'}.`);
  return 0;
}

function bodyOf(env: Env, run: Run, report: CheckReport): string | undefined {
  if (report.verdict.silent) return undefined;
  const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const links = linksOf('github', server, run.from, run.head);
  return checkMarkdown(report, {
    ...(links === undefined ? {} : { links, run: `${links.server}/${run.repository}/actions/runs/${run.id}` }),
    whole: 'the summary of the run',
  });
}

/** Seconds for one request: less than the job may take. */
function seconds(env: Env): number | undefined {
  const given = input(env, 'timeout');
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!(value >= 1 && value <= 600)) throw new ActionError('The input timeout is a number of seconds from 1 to 600.');
  return value;
}
