/** Entry of dist/action.cjs. */
import { join } from 'node:path';
import { checkAction } from './check.ts';

checkAction(process.env, join(__dirname, 'skill.js'), (text) => void process.stdout.write(text)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stdout.write(
      `::error title=skillward::internal error, please report it: ${JSON.stringify(error instanceof Error ? error.message : 'unknown').slice(0, 500)}\n`,
    );
    process.exitCode = 5;
  },
);
