import type { DescribedAnswer, ProblemScope, RouteDescription } from '../http/description.ts';
import { problems, type ProblemType } from '../problem/problem.ts';
import type { SettingsOf } from '../settings/namespace.ts';
import { type Components, type Json, RATE_HEADERS } from './components.ts';
import { problemAnswers } from './problem-answers.ts';

interface Route {
  readonly description: RouteDescription;
  readonly isPublic: boolean;
  readonly settingsOf: SettingsOf;
}

/** RFC 9110 section 14.2: ranges are defined only for GET. */
const OF_RANGES: ReadonlySet<number> = new Set([206, 416]);

/** Describes one method of a route. HEAD is GET without a body: RFC 9110 section 9.3.2. */
export function operation(
  method: string,
  { description, isPublic, settingsOf }: Route,
  components: Components,
): Json {
  const isHead = method === 'HEAD';
  const answers = Object.entries(description.answers).map(([status, answer]) => {
    const rate = isPublic ? [] : RATE_HEADERS.map((name) => `${name}?`);
    const withRate = { ...answer, headers: [...(answer.headers ?? []), ...rate] };
    return [status, response(withRate, isHead, components)] as const;
  });
  const refusals = [...problemsByStatus({ description, isPublic })].map(
    ([status, types]) =>
      [status, isHead ? components.problemHead(types) : components.problem(types)] as const,
  );
  return {
    operationId: `${method.toLowerCase()}${description.name}`,
    tags: [description.tag],
    summary: isHead ? `${description.summary}: its headers alone` : description.summary,
    ...(description.description !== undefined && { description: description.description }),
    ...(isPublic && { security: [] }),
    ...(description.parameters !== undefined && {
      parameters: Object.entries(description.parameters).map(([name, { schema, ...rest }]) => ({
        name,
        required: rest.in === 'path',
        ...rest,
        schema: components.schema(schema(settingsOf)),
      })),
    }),
    responses: Object.fromEntries(
      [...answers, ...refusals].filter(([status]) => !isHead || !OF_RANGES.has(Number(status))),
    ),
  };
}

function response(answer: DescribedAnswer, isHead: boolean, components: Components): Json {
  const content = Object.entries(answer.content ?? {}).map(([mediaType, { schema, examples }]) => {
    const named = Object.entries(examples ?? {}).map(([name, value]) => [name, { value }] as const);
    return [
      mediaType,
      { schema: components.schema(schema), ...(named.length > 0 && { examples: Object.fromEntries(named) }) },
    ] as const;
  });
  return {
    description: answer.description,
    headers: components.headers(['x-request-id', ...(answer.headers ?? [])]),
    ...(!isHead && content.length > 0 && { content: Object.fromEntries(content) }),
  };
}

/** The possible problems, by status. */
function problemsByStatus({
  description,
  isPublic,
}: Pick<Route, 'description' | 'isPublic'>): ReadonlyMap<number, readonly ProblemType[]> {
  const met = new Set<ProblemScope | ProblemType>(['any', ...(description.problems ?? [])]);
  if (!isPublic) met.add('key');
  const types = (Object.keys(problems) as ProblemType[]).filter(
    (type) => met.has(type) || met.has(problemAnswers[type].scope),
  );
  return Map.groupBy(types, (type) => problems[type].status);
}
