import { Command } from 'commander';
export const check = (_run: (code: Promise<number>) => void): Command => new Command('check');
