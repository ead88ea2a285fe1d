/** Entry of dist/comment.cjs. */
import { commentAction } from './comment.ts';

commentAction(process.env, (text) => void process.stdout.write(text)).then(
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
