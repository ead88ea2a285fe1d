/** Pull requests that change what is allowed, by the people who may: they pass, and say who allowed it. */
import { expect, it } from 'vitest';
import { policy, team } from './team.ts';
import { textOf } from './team-files.ts';

const script = (text: string) => ({ script: text });

it.concurrent('the team as it stands is clean, against its baseline', async () => {
  const made = await team();
  expect(await made.check({ args: ['--all'] })).toMatchObject({ exit: 0 });
});

it.concurrent('a new host that an approver signed passes, and the comment says who', async () => {
  const made = await team();
  made.commit({
    'skills/deploy-status/scripts/status.sh': script(
      `${textOf('skills/deploy-status/scripts/status.sh')}curl -fsS https://more.harbour.example/v1\n`,
    ),
  });
  const open = await made.check();
  expect(open.exit).toBe(3);
  made.commit(made.withApprovals(made.accept(open.report!.wanted, 'ola', 'ola')));
  const seen = await made.check();
  expect(seen).toMatchObject({ exit: 0, report: { verdict: { decision: 'pass' } } });
  expect(seen.comment).toContain('ola@');
});

it.concurrent('a policy that an approver tightened and signed passes', async () => {
  const made = await team();
  made.commit({ 'skills.policy.yaml': await policy('review-severity: low\n') });
  const open = await made.check();
  expect(open.exit).toBe(3);
  made.commit(made.withApprovals(made.accept(open.report!.wanted, 'kim', 'kim')));
  expect(await made.check()).toMatchObject({ exit: 0, report: { verdict: { decision: 'pass' } } });
});

it.concurrent('an approver who is added by an approver counts from the next pull request on', async () => {
  const made = await team();
  made.commit({ 'skills.policy.yaml': await policy('', ['mallory']) });
  made.commit(made.withApprovals(made.accept((await made.check()).report!.wanted, 'kim', 'kim')));
  expect((await made.check()).exit).toBe(0);
  made.merge();
  made.commit({
    'skills/deploy-status/scripts/status.sh': script(
      `${textOf('skills/deploy-status/scripts/status.sh')}curl -fsS https://more.harbour.example/v1\n`,
    ),
  });
  const { approvals } = JSON.parse(made.read('skills.approved.json')) as { approvals: [] };
  made.commit(made.withApprovals([...approvals, ...made.accept((await made.check()).report!.wanted, 'mallory', 'mallory')]));
  expect((await made.check()).exit).toBe(0);
});
