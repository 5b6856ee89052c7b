import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** Throws a SyntaxError with the position when the expression is not PromQL. */
function parse(expression: string): SyntaxNode {
  const tree = parser.parse(expression);
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) {
        throw new SyntaxError(
          `no PromQL at ${from}: ${expression.slice(from, from + 40) || 'it ends too soon'}`,
        );
      }
    },
  });
  return tree.topNode;
}

function find(expression: string, nodeName: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  parse(expression)
    .cursor()
    .iterate(({ name, node }) => {
      if (name === nodeName) found.push(node);
    });
  return found;
}

const textOf = (expression: string, { from, to }: SyntaxNode): string => expression.slice(from, to);

/** The selectors of an expression without ranges and offsets: the series that it needs. */
export function selectorsOf(expression: string): string[] {
  return find(expression, 'VectorSelector').map((node) => textOf(expression, node));
}

/** The names of the metrics that an expression reads. */
export function metricsOf(expression: string): string[] {
  return find(expression, 'VectorSelector').map((node) => {
    const name = node.getChild('Identifier');
    if (name === null) throw new SyntaxError(`a selector without a metric: ${textOf(expression, node)}`);
    return textOf(expression, name);
  });
}

/** The ranges of an expression, such as `5m`. */
export function rangesOf(expression: string): string[] {
  return find(expression, 'MatrixSelector').map(
    (node) => /\[(\w+)\]$/.exec(textOf(expression, node))?.[1] ?? '',
  );
}
