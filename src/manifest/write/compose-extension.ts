// What `x-longshore` of a container says, as the fields of Compose that it came from or could have come from.
import { defined, distinct, mapped, mebibytes, nonEmpty } from './compose-values.ts';
import { joinedIn } from '../../model/task/container-definition.ts';
import type { ContainerExtension } from '../../model/task/extension.ts';
import type { Fields } from './compose-values.ts';

type Hook = NonNullable<ContainerExtension['postStart']>[number];

/** Fields of a compose service for an extension. Security options, networks and files are the caller's. */
export function extensionFields(extension: ContainerExtension | undefined): Fields {
  const { logging, ...rest } = extension ?? {};
  const fields: Fields = {
    annotations: nonEmpty(rest.annotations),
    cgroup: rest.cgroupNamespace,
    cgroup_parent: rest.cgroupParent,
    cpus: rest.cpus,
    cpuset: rest.cpuset,
    device_cgroup_rules: distinct(rest.deviceCgroupRules),
    dns_opt: nonEmpty(rest.dnsOptions),
    domainname: rest.domainname,
    group_add: distinct(rest.groupAdd),
    ipc: joinedIn(rest.ipcMode) === null ? rest.ipcMode : undefined,
    oom_kill_disable: rest.oomKillDisable,
    oom_score_adj: rest.oomScoreAdj,
    pid: joinedIn(rest.pidMode) === null ? rest.pidMode : undefined,
    pids_limit: rest.pidsLimit,
    platform: rest.platform,
    post_start: nonEmpty(rest.postStart)?.map(hookOf),
    pre_stop: nonEmpty(rest.preStop)?.map(hookOf),
    pull_policy: rest.pullPolicy,
    runtime: rest.runtime,
    stop_signal: rest.stopSignal,
    storage_opt: nonEmpty(rest.storageOptions),
    tmpfs: nonEmpty(rest.tmpfs)?.map(({ containerPath, size, options }) => {
      const written = [...(size === undefined ? [] : [`size=${size}`]), ...(options ?? [])].join(',');
      return written === '' ? containerPath : `${containerPath}:${written}`;
    }),
    userns_mode: rest.usernsMode,
    uts: rest.utsMode,
  };
  const swap = rest.memorySwap === undefined ? {} : { memswap_limit: mebibytes(rest.memorySwap) };
  const output = logging === undefined ? {} : { logging: defined({ driver: logging.driver, options: nonEmpty(logging.options) }) };
  return { ...defined(fields), ...swap, ...output };
}

function hookOf({ command, user, privileged, workingDirectory, environment }: Hook): Fields {
  return defined({
    command,
    user,
    privileged,
    working_dir: workingDirectory,
    environment: mapped(environment, ({ name, value }) => [name, value]),
  });
}
