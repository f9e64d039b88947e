/**
 * Reduced ordered decision diagrams over variables of a few answers each: a function of many unknowns, exactly, without trying every
 * combination. Two equal functions are the same node, so a variable that stands in a diagram is one that can make a difference.
 * (R. E. Bryant, Graph-Based Algorithms for Boolean Function Manipulation, 1986.)
 */

export interface Leaf {
  readonly id: number;
  readonly value: number;
}
export interface Branch {
  readonly id: number;
  /** Variables are tested in rising order from the root down. */
  readonly variable: number;
  /** What follows each answer. */
  readonly children: readonly Diagram[];
}
export type Diagram = Leaf | Branch;

/** The function has no small diagram; whoever asked must do without an exact answer. */
export class DiagramTooLarge extends Error {
  override readonly name = 'DiagramTooLarge';
}

const MOST_NODES = 50_000;
export const FALSE = 0;
export const TRUE = 1;

/** Makes diagrams that can be combined with each other. */
export class DiagramMaker {
  private readonly leaves = new Map<number, Leaf>();
  private readonly branches = new Map<string, Branch>();
  private readonly chosen = new Map<string, Diagram>();
  private nodes = 0;

  leaf(value: number): Leaf {
    let leaf = this.leaves.get(value);
    if (leaf === undefined) {
      leaf = { id: this.nodes++, value };
      this.leaves.set(value, leaf);
    }
    return leaf;
  }

  /** Every variable in the children must be greater. @throws DiagramTooLarge */
  branch(variable: number, children: readonly Diagram[]): Diagram {
    const [first] = children;
    if (first !== undefined && children.every((child) => child === first)) return first;
    const key = `${variable}:${children.map(({ id }) => id)}`;
    let branch = this.branches.get(key);
    if (branch === undefined) {
      if (this.nodes > MOST_NODES) throw new DiagramTooLarge(`More than ${MOST_NODES} nodes`);
      branch = { id: this.nodes++, variable, children };
      this.branches.set(key, branch);
    }
    return branch;
  }

  /** `whenTrue` where the condition's leaf is TRUE, `whenFalse` where it is FALSE. @throws DiagramTooLarge */
  choose(condition: Diagram, whenTrue: Diagram, whenFalse: Diagram): Diagram {
    if ('value' in condition) return condition.value === TRUE ? whenTrue : whenFalse;
    if (whenTrue === whenFalse) return whenTrue;
    const key = `${condition.id},${whenTrue.id},${whenFalse.id}`;
    const earlier = this.chosen.get(key);
    if (earlier !== undefined) return earlier;
    const variable = Math.min(topOf(condition), topOf(whenTrue), topOf(whenFalse));
    const answers = [condition, whenTrue, whenFalse].find((d): d is Branch => 'children' in d && d.variable === variable);
    const made = this.branch(
      variable,
      (answers?.children ?? []).map((_, answer) =>
        this.choose(after(condition, variable, answer), after(whenTrue, variable, answer), after(whenFalse, variable, answer)),
      ),
    );
    this.chosen.set(key, made);
    return made;
  }
}

/** What is left of a function once some variables are answered: the values it can still take and the variables that still matter. */
export function restrict(
  diagram: Diagram,
  answerTo: (variable: number) => number | undefined,
): { readonly values: ReadonlySet<number>; readonly variables: ReadonlySet<number> } {
  // Only nodes of what is left: equal remainders are made one here, in the same way and for this question only.
  const maker = new DiagramMaker();
  const done = new Map<number, Diagram>();
  const left = (node: Diagram): Diagram => {
    if ('value' in node) return maker.leaf(node.value);
    let rest = done.get(node.id);
    if (rest === undefined) {
      const answer = answerTo(node.variable);
      const child = answer === undefined ? undefined : node.children[answer];
      rest = child === undefined ? maker.branch(node.variable, node.children.map(left)) : left(child);
      done.set(node.id, rest);
    }
    return rest;
  };
  const values = new Set<number>();
  const variables = new Set<number>();
  const seen = new Set<number>();
  const collect = (node: Diagram): void => {
    if (seen.has(node.id)) return;
    seen.add(node.id);
    if ('value' in node) values.add(node.value);
    else {
      variables.add(node.variable);
      node.children.forEach(collect);
    }
  };
  collect(left(diagram));
  return { values, variables };
}

function topOf(diagram: Diagram): number {
  return 'value' in diagram ? Number.POSITIVE_INFINITY : diagram.variable;
}

function after(diagram: Diagram, variable: number, answer: number): Diagram {
  return 'value' in diagram || diagram.variable !== variable ? diagram : (diagram.children[answer] ?? diagram);
}
