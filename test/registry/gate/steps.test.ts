/** Whoever does whatever in whatever order: a version only ever takes the steps that its life allows, and nothing is readable without a release that verifies. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { RegistryError } from '../../../registry/errors.ts';
import type { Gate } from '../../../registry/gate/index.ts';
import { type Actor, releasable, transitions, type VersionState } from '../../../registry/model.ts';
import { verifyEvents } from '../../../registry/store/events.ts';
import { releaseKeys, tagsOf } from '../../../registry/store/versions.ts';
import { verifyRelease } from '../../../registry/trust/release.ts';
import { doubtful, honest, type Person, type World, world } from './world.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

let w: World;
beforeAll(async () => {
  w = await world();
  // The first version can already do what the others can.
  await w.publish(doubtful(), '0.0.1');
  await w.gate.approve(w.as.bob, { owner: 'ann', slug: 'notes', version: '0.0.1' }, { reason: 'Wanted.' });
  await w.settled('0.0.1');
  await w.publish(honest(), '0.0.2');
});
afterAll(() => w.close());

const reason = 'For a reason that is long enough to be one.';
type Ref = { readonly owner: string; readonly slug: string; readonly version: string };
const deeds: Readonly<Record<string, (gate: Gate, actor: Actor, ref: Ref) => Promise<unknown>>> = {
  approve: (gate, actor, ref) => gate.approve(actor, ref, { reason }),
  'break glass': (gate, actor, ref) => gate.approve(actor, ref, { reason, breakGlass: true }),
  reject: (gate, actor, ref) => gate.reject(actor, ref, { reason }),
  retry: (gate, actor, ref) => gate.retry(actor, ref),
  yank: (gate, actor, ref) => gate.yank(actor, ref, reason),
  restore: (gate, actor, ref) => gate.restore(actor, ref, reason),
  deprecate: (gate, actor, ref) => gate.deprecate(actor, ref, { message: reason }),
  undeprecate: (gate, actor, ref) => gate.undeprecate(actor, ref),
  revoke: (gate, actor, ref) => gate.revoke(actor, ref, { reason, severity: 'block' }),
  tag: (gate, actor, ref) => gate.setTag(actor, ref, 'stable'),
};
/** Codes that a deed out of place may end with. */
const answers = new Set(['conflict', 'forbidden', 'not-found', 'bad-input']);
const finals: readonly VersionState[] = ['refused', 'revoked'];

let patch = 0;
/** Every version has one of two contents, scanned once, until those are revoked: then nothing with them passes unseen. */
let mark = 0;
const contents = (passes: boolean) => {
  const files = passes ? honest() : doubtful();
  return mark === 0 ? files : [...files, { path: 'more.md', bytes: Buffer.from(`Edition ${mark}.\n`) }];
};
test('property', async () => {
  const deed = fc.record({
    what: fc.constantFrom(...Object.keys(deeds)),
    who: fc.constantFrom<Person>('ann', 'dan', 'bob', 'eve', 'kim', 'rob'),
    // Whether the one before is over, or both at once.
    wait: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(deed, { minLength: 1, maxLength: 8 }), async (passes, list) => {
      const version = `1.0.${patch++}`;
      const ref = { owner: 'ann', slug: 'notes', version };
      const published = await w.publish(contents(passes), version);
      expect(published.state).toBe(passes ? 'served' : 'held');
      const running: Promise<unknown>[] = [];
      for (const { what, who, wait } of list) {
        const done = deeds[what]!(w.gate, w.as[who], ref).catch((error: unknown) => {
          if (!(error instanceof RegistryError)) throw error;
          expect(answers).toContain(error.code);
        });
        running.push(done);
        if (wait) await done;
      }
      await Promise.all(running);
      const row = await w.gate.settle(published.id, 60_000);

      // The log tells the whole way, and each step of it is one that may be taken.
      const steps = (await w.events())
        .filter((event) => event.data?.['version'] === row.id && 'from' in event.data)
        .map((event) => event.data as { from: VersionState; to: VersionState });
      let state: VersionState = 'quarantined';
      for (const { from, to } of steps) {
        expect(from).toBe(state);
        expect(transitions[from]).toContain(to);
        expect(finals).not.toContain(from);
        state = to;
      }
      expect(row.state).toBe(state);
      if (state === 'revoked') mark++;
      if (steps.some((step) => step.to === 'served')) {
        expect(row.served_at).not.toBeNull();
        await verifyRelease(
          await w.store.blobs.get(row.attestations_sha256!),
          { registryId: 'skills.example', ...ref, archiveSha256: row.archive_sha256 },
          await releaseKeys(w.store, w.store.db),
        );
      } else expect(row).toMatchObject({ served_at: null, attestations_sha256: null });
      if (releasable.has(row.state)) expect(row.attestations_sha256).not.toBeNull();
      if (row.served_at === null) expect((await tagsOf(w.store, w.store.db, row.skill_id)).map((tag) => tag.version_id)).not.toContain(row.id);
      // Nobody's approval of their own work, and nobody's without the right, got it there.
      const given = (await w.events('approval.given')).filter((event) => event.data['version'] === row.id).map((event) => event.actor.handle);
      for (const handle of given) expect(['bob', 'eve', 'kim']).toContain(handle);
    }),
    { numRuns: 40, endOnFailure: true },
  );
  expect(await verifyEvents(w.store.db)).toMatchObject({ ok: true });
});
