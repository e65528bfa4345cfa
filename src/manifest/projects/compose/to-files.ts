// Secrets and configs of a compose project -> files that are put into a container. The text of a config whose file lies in the commit is part of
// the commit, and so of the definition; a file of the instance is shown as it is there. A secret is never taken from the commit: what stands
// in git is read by everybody who reads the repository, so it is asked of a secret provider by its name.
import { entriesOf, fieldAt, itemsOf, listAt, mappingAt, numberIn, textIn, valueAt } from './made.ts';
import { notYet, otherwise } from './translation.ts';
import { isReadPath } from '../../source.ts';
import { repositoryPath } from './paths.ts';
import type { Open } from '../project.ts';
import type { Fields } from './made.ts';
import type { Translation } from './translation.ts';
import type { Tree } from '../../text/tree.ts';

type Section = 'secrets' | 'configs';

/** Files of a service. `open`: files of the commit. */
export function filesOf(service: Tree, project: Tree, open: Open, translation: Translation): Tree | null {
  const of = (section: Section): (Tree | null)[] =>
    itemsOf(fieldAt(service, section)).map((use) => {
      const source = textIn(fieldAt(use, 'source')) ?? '';
      const content = contentOf(fieldAt(fieldAt(project, section), source), { section, source, use }, open, translation);
      return content === null ? null : fileOf(use, section, content);
    });
  return listAt(service, [...of('secrets'), ...of('configs')]);
}

interface Use {
  readonly section: Section;
  readonly source: string;
  readonly use: Tree;
}

/** Where the text of a file comes from; null where that is not known, which is told. */
function contentOf(definition: Tree | null, { section, source, use }: Use, open: Open, translation: Translation): Fields | null {
  const content = fieldAt(definition, 'content');
  if (content !== null) return { content };
  const file = fieldAt(definition, 'file');
  const named = textIn(fieldAt(definition, 'name')) ?? textIn(fieldAt(definition, 'environment')) ?? source;
  const asked = { valueFrom: valueAt(use, named) };
  if (file === null) return asked;
  const written = textIn(file) ?? '';
  if (written.startsWith('/')) return { hostPath: file };
  const path = repositoryPath(written);
  const text = path === null ? null : open(path);
  if (section === 'secrets') {
    const where =
      text === null ? 'the file is not read' : 'the file lies in git in plain, for everybody who reads the repository, and is not read';
    const instead = `${where}; a secret provider is asked for "${named}"`;
    otherwise(translation, `secrets.${source}`, file, instead, SECRET_HINT);
    return asked;
  }
  if (text !== null) return { content: valueAt(file, text) };
  notYet(translation, `configs.${source}`, file, `the file "${path ?? written}" ${whyUnknown(path)}`, CONFIG_HINT);
  return null;
}

const SECRET_HINT = 'docs/secrets.md shows where secrets are kept; what stood in git in plain is known and has to be changed';
const CONFIG_HINT = 'write its text under content, or name a file of the instance by a path that begins with /';

function whyUnknown(path: string | null): string {
  if (path === null) return 'does not lie in the repository';
  return isReadPath(path) ? 'is not in the repository' : 'is not read: of a commit only .yaml, .yml, .json and .env files are';
}

function fileOf(use: Tree, section: Section, content: Fields): Tree | null {
  const target = textIn(fieldAt(use, 'target')) ?? textIn(fieldAt(use, 'source')) ?? '';
  const path = target.startsWith('/') ? target : section === 'secrets' ? `/run/secrets/${target}` : `/${target}`;
  const mode = numberIn(fieldAt(use, 'mode'));
  return mappingAt(use, {
    containerPath: valueAt(use, path),
    ...content,
    uid: fieldAt(use, 'uid'),
    gid: fieldAt(use, 'gid'),
    mode: mode === null ? null : valueAt(use, mode.toString(8).padStart(4, '0')),
  });
}

/** Files and folders of the repository that the project gives to containers: its configs and secrets, and what is mounted. */
export function filesNamed(project: Tree): readonly string[] {
  const things = (['secrets', 'configs'] as const).flatMap((section) =>
    entriesOf(fieldAt(project, section)).map(({ value }) => fieldAt(value, 'file')),
  );
  const mounts = entriesOf(fieldAt(project, 'services')).flatMap(({ value }) =>
    itemsOf(fieldAt(value, 'volumes')).map((mount) => (textIn(fieldAt(mount, 'type')) === 'bind' ? fieldAt(mount, 'source') : null)),
  );
  const paths = [...things, ...mounts].flatMap((place) => repositoryPath(textIn(place) ?? '/') ?? []);
  return [...new Set(paths)].filter((path) => path !== '');
}
