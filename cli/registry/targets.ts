/** Options that say into which folders skills go, and the lock that belongs to them. */
import { type Command, Option } from 'commander';
import type { Lock } from '../../registry/client/lock.ts';
import type { Site } from '../../registry/client/targets.ts';
import { type CommonFlags, many } from './common.ts';

export interface TargetFlags extends CommonFlags {
  readonly agent?: string[];
  readonly dir?: string;
  readonly project?: boolean;
  readonly global?: boolean;
  readonly lock?: string;
}

/** Options that find the lock. */
export const withSite = (command: Command): Command =>
  command
    .option('--project', 'skills of this project (default, except in the home folder)')
    .option('-g, --global', "skills of this user, in the agents' own folders")
    .option('--dir <folder>', 'skills in this folder')
    .option('--lock <file>', 'lock file (default: skills.lock.json at the root of the project)');

export const withAgents = (command: Command): Command =>
  command.addOption(new Option('-a, --agent <agent>', 'openclaw, claude or codex; may be repeated (default: the one that is found)').argParser(many));

/** Where a verb works, and what is locked there, after an interrupted install was settled. */
export async function siteAndLock(flags: TargetFlags): Promise<{ site: Site; lock: Lock | undefined }> {
  const { placesOf } = await import('../../registry/client/places.ts');
  const { siteOf } = await import('../../registry/client/targets.ts');
  const { currentLock } = await import('../../registry/client/skills.ts');
  const places = placesOf();
  const site = siteOf(flags, process.cwd(), places);
  return { site, lock: await currentLock({ places }, site) };
}
