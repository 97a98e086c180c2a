/** Files that import each other in a circle. */

/** Each circle once, its files in the order of their names; of circles that share files one, with all of theirs (Tarjan, 1972). */
export function circles(imports: readonly { readonly from: string; readonly to: string }[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
  const found: string[][] = [];
  /** When a file was reached. */
  const reached = new Map<string, number>();
  const way: string[] = [];

  /** Answers with the earliest file on the way that can be reached from this one. */
  const visit = (file: string): number => {
    const at = reached.size;
    reached.set(file, at);
    let least = at;
    way.push(file);
    for (const to of targets.get(file) ?? []) {
      if (!reached.has(to)) least = Math.min(least, visit(to));
      else if (way.includes(to)) least = Math.min(least, reached.get(to)!);
    }
    if (least === at) {
      const circle = way.splice(way.indexOf(file));
      if (circle.length > 1 || targets.get(file)?.includes(file) === true) found.push(circle.sort());
    }
    return least;
  };
  for (const file of targets.keys()) if (!reached.has(file)) visit(file);
  return found;
}
