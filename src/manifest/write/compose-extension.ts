// What `x-longshore` of a container says, as the fields of Compose that it came from or could have come from.
import { defined, distinct, mapped, mebibytes, nonEmpty } from './compose-values.ts';
import type { ContainerExtension } from '../../model/extension.ts';
import type { ComposeFields, Fields } from './compose-values.ts';

type Hook = NonNullable<ContainerExtension['postStart']>[number];

/** Fields of a compose service for an extension. Security options are the caller's: ECS has a field for some of them. */
export function extensionFields(extension: ContainerExtension | undefined): ComposeFields {
  const { files, networks, logging, ...rest } = extension ?? {};
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
    ipc: rest.ipcMode,
    networks: attachments(networks),
    oom_kill_disable: rest.oomKillDisable,
    oom_score_adj: rest.oomScoreAdj,
    pid: rest.pidMode,
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
  const lost = [
    ...(nonEmpty(files) === undefined ? [] : ['x-longshore.files']),
    ...(networks?.every(({ name }) => isNetworkKey(name)) === false ? ['x-longshore.networks'] : []),
  ];
  return { fields: { ...defined(fields), ...swap, ...output }, lost };
}

/** Whether a network can be declared in a compose file under its own name. */
export function isNetworkKey(name: string): boolean {
  return /^[a-zA-Z0-9._-]+$/.test(name);
}

function attachments(networks: ContainerExtension['networks']): Fields | undefined {
  return mapped(
    networks?.filter(({ name }) => isNetworkKey(name)),
    ({ name, aliases, ipv4Address, ipv6Address, macAddress, priority }) => {
      const fields = defined({
        aliases: nonEmpty(aliases),
        ipv4_address: ipv4Address,
        ipv6_address: ipv6Address,
        mac_address: macAddress,
        priority,
      });
      return [name, nonEmpty(fields) ?? null];
    },
  );
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
