// The desired state: what one commit declares, after every reference was resolved. Plain data, maps filled in sorted order.
import type { SecretMarks } from '../access/secret.ts';
import type { ImagePullBehavior } from '../cluster/cluster.ts';
import type { AutoScalingGroupProvider } from '../cluster/capacity-provider.ts';
import type { CapacityProviderStrategyItem } from '../cluster/placement.ts';
import type { DesiredInstance } from '../cluster/container-instance.ts';
import type { Listener, LoadBalancer } from '../traffic/load-balancer.ts';
import type { ListenerAction, ListenerRule } from '../traffic/listener-rule.ts';
import type { TargetGroup } from '../traffic/target-group.ts';
import type { Service, ServiceLoadBalancer } from '../service/service.ts';
import type { SwarmSource } from '../cluster/swarm.ts';
import type { TargetReach } from '../cluster/target-reach.ts';
import type { TaskDefinition } from '../task/task-definition.ts';

/** A capacity provider of a group of instances, as the cluster that lists it has it. */
export interface DesiredProvider extends AutoScalingGroupProvider {
  readonly name: string;
  readonly cluster: string;
}

export interface DesiredCluster {
  readonly name: string;
  readonly imagePullBehavior: ImagePullBehavior;
  /** Absent: unused images are removed. */
  readonly imageCleanup?: 'disabled';
  /** How long an instance may be silent before its tasks are replaced; absent: DEFAULT_GRACE_SECONDS. */
  readonly graceSeconds?: number;
  /** How the tasks of its instances are reached; absent: as is found best. */
  readonly reach?: TargetReach;
  /** Where the nodes are listed that belong to it. */
  readonly swarm?: SwarmSource;
  /** For services that name neither a strategy nor a launch type; absent: there is none. */
  readonly defaultStrategy?: readonly CapacityProviderStrategyItem[];
}

export interface DesiredTaskDefinition {
  readonly family: string;
  /** Hash over the author's fields without our defaults; carries a version prefix ("v1:..."). */
  readonly hash: string;
  readonly spec: TaskDefinition;
}

/** A service that can be deployed: it has a definition and a number of tasks, which for a DAEMON is 0 until a turn has counted its instances. */
export type DeployableService = Service & { readonly taskDefinition: string; readonly desiredCount: number };

/** An action that the proxy can do: it forwards to one target group. */
export type ForwardAction = ListenerAction & { targetGroupArn: string };
export type DeployableRule = Omit<ListenerRule, 'actions'> & { actions: ForwardAction[] };
export type DeployableListener = Omit<Listener, 'defaultActions' | 'rules'> & {
  defaultActions: ForwardAction[];
  rules?: DeployableRule[] | undefined;
};

/** A load balancer that can be deployed: every request is forwarded. */
export type DeployableLoadBalancer = Omit<LoadBalancer, 'listeners'> & { listeners: DeployableListener[] };

export interface DesiredService {
  /** `cluster/serviceName`. */
  readonly id: string;
  readonly cluster: string;
  readonly name: string;
  readonly family: string;
  /** The service as its author wrote it, `...Arn` fields folded to plain names. */
  readonly spec: DeployableService;
  readonly loadBalancers: readonly ServiceLoadBalancer[];
  /** Hash over everything whose change starts a deployment (ECS: definition, load balancers, network, force); the fingerprints of its secrets behind it. */
  readonly hash: string;
  /** Of a DAEMON: the instances on which a task of it belongs now; its desiredCount is their number. Absent before a turn has said so. */
  readonly places?: readonly string[];
  /** The declared security groups of its tasks, sorted; absent: it names none, and its tasks are on the network of their cluster. */
  readonly securityGroups?: readonly string[];
  /** Why nothing new is begun for it now: a secret of it is not known. */
  readonly held?: string;
  /** Why its tasks can't be given their secrets, in words. */
  readonly secretFault?: string;
  /** Absent: it has no secrets, or not all are known. */
  readonly secretMarks?: SecretMarks;
}

/** A security group, as far as networks can hold it. */
export interface DesiredSecurityGroup {
  readonly name: string;
  /** Names of the groups whose tasks its rules let in, itself perhaps among them; sorted. */
  readonly admits: readonly string[];
}

export interface DesiredState {
  /** The commit this was loaded from; shown, never part of an id. */
  readonly commit: string;
  readonly clusters: ReadonlyMap<string, DesiredCluster>;
  /** By name: the container instances of all clusters. */
  readonly instances: ReadonlyMap<string, DesiredInstance>;
  readonly taskDefinitions: ReadonlyMap<string, DesiredTaskDefinition>;
  /** By service id. */
  readonly services: ReadonlyMap<string, DesiredService>;
  readonly targetGroups: ReadonlyMap<string, TargetGroup>;
  readonly loadBalancers: ReadonlyMap<string, DeployableLoadBalancer>;
  /** By name. */
  readonly securityGroups: ReadonlyMap<string, DesiredSecurityGroup>;
  /** In order of their names; absent: none. */
  readonly capacityProviders?: readonly DesiredProvider[];
}
