/** A request of an `.http` file, with its expected status. */
export interface HttpFileRequest {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expected: number;
}

/**
 * Parses the subset of the format that docs/requests.http uses: variables from the environment, requests without
 * bodies, and `# @expect STATUS`.
 *
 * @throws Error for any other line, and for a request without an expected status
 */
export function parseHttpFile(
  text: string,
  env: Readonly<Record<string, string>>,
): readonly HttpFileRequest[] {
  const [head = '', ...sections] = text.split(/^### /m);
  const variables = new Map<string, string>();
  for (const [, name = '', source = ''] of head.matchAll(/^@(\w+) = \{\{\$processEnv (\w+)\}\}$/gm)) {
    variables.set(name, env[source] ?? '');
  }
  const filled = (line: string): string =>
    line.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => {
      const value = variables.get(name);
      if (value === undefined) throw new Error(`there is no variable ${whole}`);
      return value;
    });
  return sections.map((section) => {
    const [name = '', ...lines] = section.trimEnd().split('\n');
    const [request = '', ...fields] = lines.filter((line) => !line.startsWith('#')).map(filled);
    const [, method = '', url = ''] = /^([A-Z]+) (\S+)$/.exec(request) ?? [];
    const expected = Number(/^# @expect (\d{3})$/m.exec(section)?.[1]);
    if (method === '' || Number.isNaN(expected)) throw new Error(`cannot be read: ${name}`);
    const headers = Object.fromEntries(
      fields.map((field) => {
        const [, header = '', value = ''] = /^([\w-]+): (.*)$/.exec(field) ?? [];
        if (header === '') throw new Error(`cannot be read: ${name}: ${field}`);
        return [header, value];
      }),
    );
    return { name, method, url, headers, expected };
  });
}
