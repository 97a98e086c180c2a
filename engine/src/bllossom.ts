/** Entry of dist/bllossom.cjs: the command line, which is also the run's process and the inference host. */
import { main } from './cli/main.ts';

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
