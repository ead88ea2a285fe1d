/** All requests by all askers in one state of a hidden thing, beside the same requests where there is no such thing; and what was found. */
import { Agent } from 'node:http';
import fc from 'fast-check';
import type { Ask, Target } from './ask.ts';
import type { Asker } from './askers.ts';
import { type Difference, difference, type Seen, seen, seenOnSocket } from './compare.ts';
import { type Place, type State, states, words } from './life.ts';
import { asksFor, oddAsk } from './requests.ts';
import type { World } from './world.ts';

export interface Findings {
  /** What those could tell who may know nothing. */
  readonly told: Difference[];
  /** What the fast way of downloads told them. */
  readonly toldFast: Difference[];
  /** What insiders were told by routes that are not for that. */
  readonly toldInside: Difference[];
  /** Answers about a withdrawn version that are not as they have to be. */
  readonly wrong: string[];
  /** Routes by which an admin saw the version while it was held. */
  readonly inside: Set<string>;
  /** Routes by which those who may saw it once it was served. */
  readonly shown: Set<string>;
  /** States in which somebody asked who may know nothing. */
  readonly states: Set<State>;
  asked: number;
}
export const findings = (): Findings => ({
  told: [],
  toldFast: [],
  toldInside: [],
  wrong: [],
  inside: new Set(),
  shown: new Set(),
  states: new Set(),
  asked: 0,
});

export type Standing = 'knows nothing' | 'knew it' | 'sees it';
export function standing(asker: Asker, place: Place, state: State): Standing {
  if (!asker.reads.has(place === 'private' ? 'vault' : 'ann')) return 'knows nothing';
  if (state === 'served' || state === 'deprecated') return 'sees it';
  return state === 'yanked' || state === 'revoked' ? 'knew it' : 'knows nothing';
}

/** In these everybody asks everything. In the others each request is made by some: by every second of the core, and every fourth of the others, and by others in each state. */
const whole: Readonly<Record<Place, ReadonlySet<State>>> = {
  alone: new Set(['held', 'served']),
  newer: new Set(['approved']),
  private: new Set(['served']),
};

export interface Matrix {
  look(place: Place, state: State, world: World, target: Target, into: Findings): Promise<void>;
  close(): void;
}

export function matrix(without: World, out: readonly Asker[], ins: readonly Asker[]): Matrix {
  const agent = new Agent({ keepAlive: true });
  const known = new Map<string, Promise<Seen | undefined>>();
  const remembered = (way: string, ask: Ask, asker: Asker, look: () => Promise<Seen | undefined>): Promise<Seen | undefined> => {
    const key = JSON.stringify([way, asker.name, ask]);
    const there = known.get(key) ?? look();
    known.set(key, there);
    return there;
  };
  const ports = new Map<World, Promise<number>>();
  const portOf = (world: World): Promise<number> => {
    const there =
      ports.get(world) ?? world.app.listen({ host: '127.0.0.1', port: 0 }).then(() => (world.app.addresses()[0] as { readonly port: number }).port);
    ports.set(world, there);
    return there;
  };

  async function compare(ask: Ask, asker: Asker, world: World, into: Difference[], state: State): Promise<Seen | undefined> {
    const here = await seen(world, ask, asker);
    if (here === undefined) return undefined;
    const there = await remembered('inject', ask, asker, () => seen(without, ask, asker));
    const found = difference(ask, asker, here, there!);
    if (found !== undefined) into.push({ state, ...found });
    return here;
  }

  /** By a socket, so that the answer comes before Fastify. */
  async function compareFast(ask: Ask, asker: Asker, world: World, into: Difference[], state: State): Promise<void> {
    const here = await seenOnSocket(agent, await portOf(world), ask, asker);
    if (here === undefined) return;
    const port = await portOf(without);
    const there = await remembered('socket', ask, asker, () => seenOnSocket(agent, port, ask, asker));
    const found = difference(ask, asker, here, there!);
    if (found !== undefined) into.push({ state, ...found });
  }

  /** A version that was given out once: those who may read there are told so where they name it, and nothing of what was in it. */
  async function gone(ask: Ask, asker: Asker, place: Place, world: World, target: Target, into: Findings): Promise<void> {
    const here = await seen(world, ask, asker);
    if (here === undefined) return;
    const at = `${asker.name}: ${ask.method} ${ask.url}`;
    const said = `${here.headers}\n${here.body}`.toLowerCase();
    const asked = `${ask.url}\n${ask.body ?? ''}\n${Object.values(ask.headers).join('\n')}`.toLowerCase();
    for (const secret of secrets(target)) if (said.includes(secret) && !asked.includes(secret)) into.wrong.push(`${at} gives ${secret}`);
    if (ask.names === undefined || here.status === 401) return;
    // The signed word that it was revoked is for those who had it; it takes a moment to be signed.
    const signed = ask.route.endsWith('/revocation') ? [200, 404] : [];
    const expected = ask.names === 'skill' && place === 'newer' ? [200, 304] : ask.names === 'tag' && place === 'newer' ? [404] : [410, ...signed];
    if (!expected.includes(here.status)) into.wrong.push(`${at} answers ${here.status}: ${here.body.slice(0, 200)}`);
    if (here.status !== 410 || ask.method === 'HEAD') return;
    const ref = `@${target.owner}/${target.slug}@${target.version} was `;
    if (!here.body.includes(ref)) into.wrong.push(`${at} says: ${here.body.slice(0, 200)}`);
  }

  /** Those who may know nothing. */
  async function outside(asks: readonly Ask[], asker: Asker, number: number, at: Stage, into: Findings): Promise<void> {
    const { place, state, world, full } = at;
    if (asker.rare === true && !full) return;
    into.states.add(state);
    for (const [index, ask] of asks.entries()) {
      const every = full ? 1 : ask.method !== 'HEAD' && asker.core && place !== 'private' ? 2 : 4;
      // A star that is given is taken back.
      const notNow = !ask.route.includes('/stars/') && (index + number + states.indexOf(state)) % every !== 0;
      // At the door nothing is known yet of what was asked for.
      const alike = asker.rare === true && (ask.method === 'HEAD' || index % 2 !== 0);
      if (notNow || alike || (ask.still && !(full && place === 'alone'))) continue;
      into.asked++;
      const here = await compare(ask, asker, world, into.told, state);
      if (here !== undefined && here.status >= 500 && here.status !== 501 && ask.route !== 'GET /readyz')
        into.wrong.push(`${asker.name}: ${ask.method} ${ask.url} answers ${here.status}: ${here.body}`);
      if (ask.route === 'GET /api/v1/download' && asker.rare !== true) await compareFast(ask, asker, world, into.toldFast, state);
    }
  }

  /** Requests that nobody thought of, by those who may know nothing. */
  async function odd(target: Target, { place, state, world }: Stage, into: Findings): Promise<void> {
    const blind = out.filter((asker) => asker.rare !== true && standing(asker, place, state) === 'knows nothing');
    await fc.assert(
      fc.asyncProperty(oddAsk(target), fc.constantFrom(...blind), async (ask, asker) => {
        await compare(ask, asker, world, into.told, state);
      }),
      { numRuns: 150 },
    );
  }

  /** Those who may see it: the same comparison finds it, so it would find a leak. What they took is in memory, by both ways, when it is withdrawn. */
  async function served(asks: readonly Ask[], asker: Asker, { state, world }: Stage, into: Findings): Promise<void> {
    for (const ask of asks) {
      const found: Difference[] = [];
      if (ask.method === 'GET' || ask.body !== undefined) await compare(ask, asker, world, found, state);
      if (found.length > 0) into.shown.add(ask.route);
      const fast: Difference[] = [];
      if (ask.route === 'GET /api/v1/download') await compareFast(ask, asker, world, fast, state);
      if (fast.length > 0) into.shown.add('before Fastify');
    }
  }

  /** Publisher, approver, admin, of what is not served. */
  async function inside(asks: readonly Ask[], asker: Asker, { state, world }: Stage, into: Findings): Promise<void> {
    for (const ask of asks) {
      if (ask.still || !(ask.method === 'GET' || ask.route.endsWith('/security-verdicts'))) continue;
      const found: Difference[] = [];
      await compare(ask, asker, world, found, state);
      if (!ask.inside) into.toldInside.push(...found);
      else if (found.length > 0 && state === 'held' && asker.name === 'an admin') into.inside.add(ask.route);
    }
  }

  return {
    async look(place, state, world, target, into) {
      const asks = asksFor(target);
      const at: Stage = { place, state, world, full: whole[place].has(state) };
      for (const [number, asker] of out.entries()) {
        const stands = standing(asker, place, state);
        if (stands === 'knows nothing') await outside(asks, asker, number, at, into);
        else if (stands === 'knew it') {
          for (const ask of asks) if (!ask.still && asker.core) await gone(ask, asker, place, world, target, into);
        } else if (state === 'served' && asker.name === (place === 'private' ? 'a member who only reads' : 'a reader'))
          await served(asks, asker, at, into);
      }
      if (state === 'held' || state === 'approved' || state === 'deleted') for (const asker of ins) await inside(asks, asker, at, into);
      if (at.full) await odd(target, at, into);
    },
    close: () => agent.destroy(),
  };
}

/** Where in a life the hidden thing is. */
interface Stage {
  readonly place: Place;
  readonly state: State;
  readonly world: World;
  /** Everybody asks everything. */
  readonly full: boolean;
}

/** What only the version itself, or who has it, can tell. */
const secrets = (target: Target): string[] =>
  [
    target.archive,
    Buffer.from(target.archive, 'hex').toString('base64'),
    target.fingerprint,
    target.report,
    target.attestations,
    target.id,
    words.description,
    words.name,
    words.changelog,
    words.topic,
    words.path,
    words.content,
  ].map((one) => one.toLowerCase());
