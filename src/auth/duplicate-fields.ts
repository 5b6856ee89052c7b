/** A JSON string or structural character (RFC 8259 section 2). */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/**
 * Returns the offset of the first duplicate field of an object in `text`, or undefined. JSON.parse silently keeps
 * only the last of them (RFC 8259 section 4).
 * @param text valid JSON
 */
export function duplicateField(text: string): number | undefined {
  // The fields so far of each open object. The set of an array stays empty.
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
