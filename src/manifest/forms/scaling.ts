// The JSON of Application Auto Scaling and CloudWatch: inputs of register, put and describe's answers, and the configurations that the
// command line takes as files of their own (--target-tracking-scaling-policy-configuration file://...).
import { draftOf, has, hasAny, listUnder, made } from './aws-json.ts';
import { drafted, notDrafted } from '../draft.ts';
import { onValue } from '../finding.ts';
import type { Form } from '../draft.ts';
import type { KindName } from '../kind.ts';
import type { Tree } from '../text/tree.ts';

const CONFIGURATIONS = [
  'targetTrackingScalingPolicyConfiguration',
  'stepScalingPolicyConfiguration',
  'predictiveScalingPolicyConfiguration',
];

type ScalingKind = Extract<KindName, 'ScalableTarget' | 'ScalingPolicy' | 'ScheduledAction' | 'Alarm'>;

const LISTS: Readonly<Record<string, ScalingKind>> = {
  scalableTargets: 'ScalableTarget',
  scalingPolicies: 'ScalingPolicy',
  scheduledActions: 'ScheduledAction',
  metricAlarms: 'Alarm',
};

const NOTHING = onValue(
  'nothing-declared',
  [],
  'this is an answer that lists nothing: it declares nothing',
  'remove the file, or keep it for people: nothing is done with it',
);

export const scalingForm: Form = {
  name: 'Application Auto Scaling or CloudWatch JSON',
  recognises: (document) => listOf(document) !== null || kindOf(document) !== null || configurationOf(document) !== null,
  read: (document) => {
    const list = listOf(document);
    if (list !== null && list.items.length === 0) return notDrafted(NOTHING);
    if (list !== null) return drafted(...list.items.map((item) => draftOf(item, list.kind)));
    const kind = kindOf(document);
    if (kind !== null) return drafted(draftOf(document, kind));
    return drafted(draftOf(made(document, { [configurationOf(document) ?? '']: document }), 'ScalingPolicy'));
  },
};

/** The things that an answer lists. */
function listOf(document: Tree): { readonly kind: ScalingKind; readonly items: readonly Tree[] } | null {
  for (const [name, kind] of Object.entries(LISTS)) {
    const items = listUnder(document, name);
    if (items !== null) return { kind, items };
  }
  return null;
}

/** The kind of a document that is one thing. */
function kindOf(document: Tree): ScalingKind | null {
  if (hasAny(document, 'scheduledActionName', 'scalableTargetAction')) return 'ScheduledAction';
  if (hasAny(document, ...CONFIGURATIONS) || has(document, 'policyName', 'policyType')) return 'ScalingPolicy';
  if (has(document, 'alarmName') && hasAny(document, 'comparisonOperator', 'evaluationPeriods')) return 'Alarm';
  return has(document, 'resourceId') && hasAny(document, 'minCapacity', 'maxCapacity', 'scalableDimension') ? 'ScalableTarget' : null;
}

/** The configuration that a document is without saying for what; null when it is none. */
function configurationOf(document: Tree): string | null {
  if (hasAny(document, 'predefinedMetricSpecification', 'customizedMetricSpecification')) return 'targetTrackingScalingPolicyConfiguration';
  if (hasAny(document, 'stepAdjustments')) return 'stepScalingPolicyConfiguration';
  return hasAny(document, 'metricSpecifications') ? 'predictiveScalingPolicyConfiguration' : null;
}
