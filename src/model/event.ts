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
  | 'service-steady'
  | 'service-blocked'
  | 'task-started'
  | 'task-running'
  | 'task-healthy'
  | 'task-unhealthy'
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
  | 'commit-accepted'
  | 'commit-refused';

export interface Event {
  readonly at: number;
  readonly kind: EventKind;
  /** `cluster/service`; empty for events of the repository and of routing. */
  readonly service: string;
  readonly task: string | null;
  readonly deployment: string | null;
  /** ECS's wording: `(service web) has reached a steady state.` */
  readonly message: string;
}
