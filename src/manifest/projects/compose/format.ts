// Compose as a format of projects: found by discover.ts, read by read.ts, made into drafts by to-drafts.ts, and from there on a project is
// what every other manifest is.
import { composeProjects } from './discover.ts';
import { draftsOf } from './to-drafts.ts';
import { lookupOf } from '../../environment.ts';
import { filesNamed } from './to-files.ts';
import { joined, readDrafts } from '../../document.ts';
import { problemAt, problemOfFile } from '../../problem.ts';
import type { Problem } from '../../../model/problem.ts';
import type { FindProjects } from '../project.ts';

/** The compose projects of a commit. */
export const findComposeProjects: FindProjects = (files) =>
  composeProjects(files).map(({ main, beside, read }) => ({
    main,
    read: (open, environment) => {
      const project = read(open, lookupOf(environment));
      const { drafts, told, broken } = draftsOf(project, main, open);
      const guard = { exact: true, secrets: project.secrets };
      const problems = [...project.problems, ...told.map((each) => problemAt(project.file, each.offset, each, guard))];
      if (drafts.length === 0 && broken.length === 0 && project.inactive.size > 0) problems.push(nothingActive(main));
      const own = { resources: [], broken, unread: project.unread, problems };
      return {
        read: joined([own, readDrafts(project.file, drafts, project.secrets, environment)]),
        merged: [...project.merged, ...beside],
        // a folder with files of the project in it is a place of manifests
        given: filesNamed(project.tree).filter((place) => !project.merged.some((path) => path.startsWith(`${place}/`))),
      };
    },
  }));

function nothingActive(main: string): Problem {
  const hint = 'name the profiles that are deployed in profiles of x-longshore at the top of the file';
  return problemOfFile('no-active-profile', main, 'every service of the project has a profile, and none of them is active', hint);
}
