/**
 * Replaces the text between each pair of markers, `<!-- NAME -->` and `<!-- /NAME -->`.
 *
 * @throws Error when the page lacks one of them
 */
export function replaceSections(page: string, sections: ReadonlyMap<string, string>): string {
  return [...sections].reduce((text, [name, content]) => {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const start = text.indexOf(open);
    const end = text.indexOf(close);
    if (start < 0 || end < start) throw new Error(`the page has no section ${name}`);
    return `${text.slice(0, start + open.length)}\n\n${content}\n\n${text.slice(end)}`;
  }, page);
}
