import { Command } from 'commander';
export const diff = (_run: (code: Promise<number>) => void): Command => new Command('diff');
