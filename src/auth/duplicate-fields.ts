/** A string of JSON, or a character that gives it structure (RFC 8259 section 2). */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/**
 * Where an object of this text has a field for the second time, as an offset in it; undefined where none has. JSON.parse
 * keeps the last one and says nothing of the others (RFC 8259 section 4).
 *
 * @param text JSON that can be parsed
 */
export function duplicateField(text: string): number | undefined {
  // Of each object or list that is open: its fields so far. A list has none.
  const open: Set<string>[] = [];
  let last: RegExpExecArray | undefined;
  for (const token of text.matchAll(TOKEN)) {
    const [symbol] = token;
    if (symbol === '{' || symbol === '[') open.push(new Set());
    else if (symbol === '}' || symbol === ']') open.pop();
    else if (symbol === ':' && last !== undefined) {
      const fields = open.at(-1);
      const name = JSON.parse(last[0]) as string;
      if (fields?.has(name) === true) return last.index;
      fields?.add(name);
    }
    last = token;
  }
  return undefined;
}
