// What happened, for people and scripts: the differences of ledger rows, in ECS's words.

export type EventKind =
  | 'service-created'
  | 'service-updated'
  | 'service-draining'
  | 'service-deleted'
  | 'deployment-started'
  | 'deployment-completed'
  | 'deployment-failed'
  | 'deployment-rolled-back'
  | 'deployment-superseded'
  | 'service-steady'
  | 'service-blocked'
  | 'service-rebalancing'
  | 'image-pull-failed'
  | 'task-start-failed'
  | 'task-started'
  | 'task-running'
  | 'task-healthy'
  | 'task-unhealthy'
  | 'container-restarted'
  | 'task-stopping'
  | 'task-stopped'
  | 'targets-registered'
  | 'targets-deregistered'
  | 'listener-created'
  | 'listener-modified'
  | 'listener-deleted'
  | 'target-group-created'
  | 'target-group-modified'
  | 'target-group-deleted'
  | 'instance-disconnected'
  | 'instance-connected'
  | 'instance-registered'
  | 'instance-draining'
  | 'instance-active'
  | 'instance-deregistering'
  | 'instance-deregistered'
  | 'instance-relay-failed'
  | 'instance-unwanted'
  | 'commit-accepted'
  | 'commit-refused';

export interface Event {
  readonly at: number;
  readonly kind: EventKind;
  /** `cluster/service`; empty for events of the repository, of routing and of container instances. */
  readonly service: string;
  /** The container instance that an event without a service is about. */
  readonly instance?: string;
  readonly task: string | null;
  readonly deployment: string | null;
  /** ECS's wording: `(service web) has reached a steady state.` */
  readonly message: string;
}
