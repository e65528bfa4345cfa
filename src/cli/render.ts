// `longshore render`: the manifests as they are after the environment's variables and overlays, and after every other format was read. What is
// printed is what is deployed, document by document. Asks no daemon and no engine.
import { examples } from './verb.ts';
import { environmentOption } from './options.ts';
import { judgedSource } from './validate.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';

interface RenderOptions {
  readonly commit?: string;
  readonly environment?: string;
}

/** Registers `render`. */
export function defineRender(program: Command, { terminal, end }: Context): void {
  program
    .command('render')
    .argument('[path]', 'the folder of the manifests or one of them, or with --commit the repository', '.')
    .description('print the manifests as an environment makes them')
    .option('--commit <revision>', 'what this commit of the repository holds, not what lies on disk')
    .addOption(environmentOption())
    .addHelpText('after', examples(['longshore render --environment prod', 'variables filled in, overlays laid over']))
    .action(async (path: string, options: RenderOptions) => {
      const { commitSource, diskSource } = await import('./sources.ts');
      const source = options.commit === undefined ? diskSource(path) : await commitSource(path, options.commit);
      const loaded = await judgedSource(source, options.environment ?? null);
      const errors = loaded.problems.filter(({ severity }) => severity === 'error');
      if (errors.length > 0) {
        const { problemsText } = await import('./validation/text.ts');
        terminal.note(problemsText(errors, terminal));
        return end('INVALID', 'announce');
      }
      const { longshoreText } = await import('../manifest/write/longshore.ts');
      terminal.out(longshoreText(loaded.resources).trimEnd());
    });
}
