/**
 * Uploads SARIF to GitHub's code scanning. It is an extra: whatever the API answers, the check's own verdict stands. A token without the permission (every fork) and a repository without code scanning are normal.
 * https://docs.github.com/rest/code-scanning/code-scanning#upload-an-analysis-as-sarif-data
 */
import { gzipSync } from 'node:zlib';
import { githubApi, messageOf } from './http.ts';
import { ActionError, type Env } from './runner.ts';

/** GitHub refuses more than 10 MB, compressed. */
const MOST = 10_000_000;

/** @returns a sentence for a notice, or undefined when it was taken @param seconds for the answer */
export async function uploadSarif(env: Env, token: string, sarif: Buffer, seconds?: number): Promise<string | undefined> {
  const [repository, sha, ref] = [env['GITHUB_REPOSITORY'] ?? '', env['GITHUB_SHA'] ?? '', env['GITHUB_REF'] ?? ''];
  if (!/^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/.test(repository) || !/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(sha) || !ref.startsWith('refs/'))
    return 'The results were not uploaded to code scanning: GITHUB_REPOSITORY, GITHUB_SHA or GITHUB_REF is missing.';
  const packed = gzipSync(sarif, { level: 9 });
  if (packed.length > MOST) return 'The results were not uploaded to code scanning: there are too many. The job summary and the artifact have them.';
  try {
    const answer = await githubApi(env, token, seconds).ask(`/repos/${repository}/code-scanning/sarifs`, {
      method: 'POST',
      json: { commit_sha: sha, ref, sarif: packed.toString('base64'), tool_name: 'skillward', validate: false },
      most: 1_000_000,
    });
    if (answer.status === 202 || answer.status === 200) return undefined;
    const why =
      answer.status === 403
        ? 'the token may not (security-events: write is missing, as always for forks), or code scanning is off'
        : answer.status === 404
          ? 'the repository has no code scanning'
          : messageOf(answer) || 'no reason given';
    return `The results were not uploaded to code scanning (${answer.status}: ${why}). The check itself is not affected.`;
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    return `The results were not uploaded to code scanning: ${error.message} The check itself is not affected.`;
  }
}
