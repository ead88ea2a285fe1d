import { Command } from 'commander';
export const accept = (_run: (code: Promise<number>) => void): Command => new Command('accept');
