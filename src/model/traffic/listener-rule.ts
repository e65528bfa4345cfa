// The rules of listeners: conditions, actions, and what is rewritten on the way (ELB CreateRule, RuleCondition, Action). Which field goes
// with which type is the rules' business (manifest/rules/listener-rule.ts).
import { z } from 'zod';
import { TargetGroupReference } from '../name.ts';
import { Tags } from '../tags.ts';
import { fatesOf } from './target-group.ts';
import { ignored, later, refused } from '../fate.ts';

const Values = z.array(z.string().min(1).max(128)).min(1).max(5);
const Patterns = Values.meta({ description: 'Patterns with * and ?; any of them matches; at most 5.' });
const byHostAndPath = later('this version routes by host and path patterns only');
const RegexValues = Values.optional().meta({ description: 'Regular expressions, any of which matches; at most 5.', ...byHostAndPath });
const OrPatterns = Values.optional().meta({ description: 'Patterns with * and ?; any of them matches; at most 5.' });

export const RuleCondition = z.strictObject({
  field: z.enum(['host-header', 'path-pattern', 'http-header', 'query-string', 'http-request-method', 'source-ip']).meta({
    description: 'What the patterns are compared with.',
    valueFates: fatesOf(['http-header', 'query-string', 'http-request-method', 'source-ip'], byHostAndPath),
  }),
  values: Patterns.optional(),
  regexValues: RegexValues,
  hostHeaderConfig: z
    .strictObject({ values: OrPatterns, regexValues: RegexValues })
    .optional()
    .meta({ description: 'Another place for the values of host-header.' }),
  pathPatternConfig: z
    .strictObject({ values: OrPatterns, regexValues: RegexValues })
    .optional()
    .meta({ description: 'Another place for the values of path-pattern.' }),
  httpHeaderConfig: z
    .strictObject({
      httpHeaderName: z.string().min(1).max(40).meta({ description: 'Name of the header, without wildcards; at most 40 characters.' }),
      values: OrPatterns,
      regexValues: RegexValues,
    })
    .optional()
    .meta({ description: 'Header and its values, for http-header.', ...byHostAndPath }),
  queryStringConfig: z
    .strictObject({
      values: z
        .array(
          z.strictObject({
            key: z.string().max(128).optional().meta({ description: 'Name of the parameter; absent: any.' }),
            value: z.string().min(1).max(128).meta({ description: 'Its value, with * and ?.' }),
          }),
        )
        .min(1)
        .max(5)
        .meta({ description: 'Parameters, any of which matches; at most 5.' }),
    })
    .optional()
    .meta({ description: 'Parameters of the query, for query-string.', ...byHostAndPath }),
  httpRequestMethodConfig: z
    .strictObject({ values: Values.meta({ description: 'Methods in upper case, any of which matches; at most 5.' }) })
    .optional()
    .meta({ description: 'Methods, for http-request-method.', ...byHostAndPath }),
  sourceIpConfig: z
    .strictObject({ values: Values.meta({ description: 'Ranges of addresses (CIDR), any of which matches; at most 5.' }) })
    .optional()
    .meta({ description: 'Addresses of clients, for source-ip.', ...byHostAndPath }),
});
export type RuleCondition = z.infer<typeof RuleCondition>;

const Range = z.union([z.cidrv4(), z.cidrv6()]);

/** Whether a text is a range of addresses, such as 10.0.0.0/8. */
export function isRange(text: string): boolean {
  return Range.safeParse(text).success;
}

const AUTHENTICATION = 'leaving it out would let everybody in; put a proxy that asks who it is in front of the service';
const guards = refused(AUTHENTICATION);
const answers = later('this version forwards only');

const ForwardConfig = z.strictObject({
  targetGroups: z
    .array(
      z.strictObject({
        targetGroupArn: TargetGroupReference.meta({ description: 'Name (or ARN) of the target group.' }),
        weight: z
          .int()
          .min(0)
          .max(999)
          .optional()
          .meta({
            description: 'Share of the requests among all weights, 0 to 999.',
            default: 1,
            valueFates: { 0: later('this version gives every request to the one target group').fate },
          }),
      }),
    )
    .min(1)
    .max(5)
    .meta({
      description: 'Target groups and their shares; at most 5.',
      severalFate: later('this version forwards to one target group').fate,
    }),
  targetGroupStickinessConfig: z
    .strictObject({
      enabled: z.boolean().optional().meta({ description: 'Whether a client stays with its target group.', default: false }),
      durationSeconds: z.int().min(1).max(604_800).optional().meta({ description: 'Seconds for which it stays, 1 to 604,800.' }),
    })
    .optional()
    .meta({
      description: 'Whether a client stays with the group it first got.',
      ...ignored('there is one target group, and every client gets it'),
    }),
});

const RedirectConfig = z.strictObject({
  protocol: z.string().max(128).optional().meta({ description: 'HTTP, HTTPS or #{protocol}.', default: '#{protocol}' }),
  port: z
    .union([z.string().max(128), z.int()])
    .transform(String)
    .optional()
    .meta({ description: 'Port from 1 to 65,535, or #{port}.', default: '#{port}' }),
  host: z.string().min(1).max(128).optional().meta({ description: 'Host name; may hold #{host}.', default: '#{host}' }),
  path: z.string().min(1).max(128).optional().meta({ description: 'Path that begins with a slash.', default: '/#{path}' }),
  query: z.string().max(128).optional().meta({ description: 'Query without its question mark.', default: '#{query}' }),
  statusCode: z.enum(['HTTP_301', 'HTTP_302']).meta({ description: 'Permanent (301) or not (302).' }),
});
export type RedirectConfig = z.infer<typeof RedirectConfig>;

const FixedResponseConfig = z.strictObject({
  statusCode: z
    .union([z.string(), z.int()])
    .transform(String)
    .refine((text) => /^[245][0-9]{2}$/.test(text), {
      message: 'is no code that can be answered with',
      params: { code: 'bad-fixed-response', hint: 'write a code from 200 to 299 or from 400 to 599', at: 0 },
    })
    .meta({ description: 'HTTP code, 2XX, 4XX or 5XX.' }),
  contentType: z
    .enum(['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'])
    .optional()
    .meta({ description: 'Type of the body.' }),
  messageBody: z.string().max(1_024).optional().meta({ description: 'Body of the answer, at most 1,024 characters.' }),
});

export const ListenerAction = z.strictObject({
  type: z.enum(['forward', 'redirect', 'fixed-response', 'authenticate-oidc', 'authenticate-cognito', 'jwt-validation']).meta({
    description: 'What happens to the request.',
    valueFates: {
      ...fatesOf(['redirect', 'fixed-response'], answers),
      ...fatesOf(['authenticate-oidc', 'authenticate-cognito', 'jwt-validation'], guards),
    },
  }),
  order: z
    .int()
    .min(1)
    .max(50_000)
    .optional()
    .meta({ description: 'Number of its place among the actions, 1 to 50,000; the one that ends the request is last.' }),
  targetGroupArn: TargetGroupReference.optional().meta({ description: 'Name (or ARN) of the target group, for forward.' }),
  forwardConfig: ForwardConfig.optional().meta({
    description: 'Target groups and their shares, for forward; one alone is the same as targetGroupArn.',
  }),
  redirectConfig: RedirectConfig.optional().meta({ description: 'Where the client is sent, for redirect.', ...answers }),
  fixedResponseConfig: FixedResponseConfig.optional().meta({ description: 'What is answered, for fixed-response.', ...answers }),
  authenticateOidcConfig: z
    .looseObject({})
    .optional()
    .meta({ description: 'How OpenID Connect authenticates clients.', ...guards }),
  authenticateCognitoConfig: z
    .looseObject({})
    .optional()
    .meta({ description: 'How Cognito authenticates clients.', ...guards }),
  jwtValidationConfig: z
    .looseObject({})
    .optional()
    .meta({ description: 'How tokens of clients are validated.', ...guards }),
});
export type ListenerAction = z.infer<typeof ListenerAction>;

const Rewrites = z
  .strictObject({
    rewrites: z
      .array(
        z.strictObject({
          regex: z.string().min(1).max(1_024).meta({ description: 'Regular expression that is looked for.' }),
          replace: z.string().max(1_024).meta({ description: 'What stands there instead; $1 is the first group.' }),
        }),
      )
      .length(1)
      .meta({ description: 'What is replaced; one entry.' }),
  })
  .optional();

export const RuleTransform = z.strictObject({
  type: z.enum(['host-header-rewrite', 'url-rewrite']).meta({ description: 'What is rewritten.' }),
  hostHeaderRewriteConfig: Rewrites.meta({ description: 'How the host is rewritten.' }),
  urlRewriteConfig: Rewrites.meta({ description: 'How path and query are rewritten.' }),
});

export type RuleTransform = z.infer<typeof RuleTransform>;

export const ListenerRule = z.strictObject({
  priority: z.int().min(1).max(50_000).meta({ description: 'Order within the listener; the lowest number that matches wins.' }),
  conditions: z.array(RuleCondition).min(1).max(5).meta({ description: 'All of them must match; at most 5.' }),
  actions: z.array(ListenerAction).min(1).max(5).meta({ description: 'The actions of requests that match; the last one ends them.' }),
  transforms: z
    .array(RuleTransform)
    .max(2)
    .optional()
    .meta({ description: 'What is rewritten before a request is forwarded; at most 2.', ...later('requests are forwarded as they came') }),
  tags: Tags.optional().meta({ description: 'Tags; at most 50.', ...ignored('nothing reads them') }),
});
export type ListenerRule = z.infer<typeof ListenerRule>;
