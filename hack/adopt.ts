/**
 * The implementation of hack/adopt.sh, which describes it:
 *
 *   node hack/adopt.ts OWNER/REPOSITORY [--registry HOST/PATH] [--git URL]
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { currentNames, type Names, NAMES_FILE, namesFrom, webAddressOf } from './names.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const NOT_OURS = new Set(['.git', '.terraform', 'coverage', 'dist', 'node_modules']);
/** The workflows that publish images. They contain the host of the registry without a path. */
const PUBLISHERS = ['.github/workflows/image.yml', '.github/workflows/release.yml'];

/** The paths of all files of the repository. */
function files(folder = ''): string[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder + entry.name;
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : files(`${path}/`);
    return entry.isFile() ? [path] : [];
  });
}

const quoted = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * Matches every mention of a repository, but not names that only begin with its name. All names are replaced in one
 * pass: the new name may contain the old one.
 */
function mentionsOf({ git, image }: Names): RegExp {
  const web = webAddressOf(git);
  return new RegExp(
    [
      `(?<web>${quoted(web)}(?=/))`,
      `(?<git>${quoted(git)}(?![\\w/-]|\\.\\w))`,
      `(?<page>${quoted(web)}(?![\\w-]|\\.\\w))`,
      `(?<![\\w./-])(?<image>${quoted(image)})(?=-upstream(?![\\w/-])|(?![\\w/-]|\\.\\w))`,
    ].join('|'),
    'g',
  );
}

/** Replaces the old names in a file by the new ones. */
function renamed(path: string, text: string, old: Names, names: Names): string {
  const result = text.replace(mentionsOf(old), (...match) => {
    const { git, image } = match.at(-1) as Record<string, string | undefined>;
    if (git !== undefined) return names.git;
    return image === undefined ? webAddressOf(names.git) : names.image;
  });
  if (!PUBLISHERS.includes(path)) return result;
  return result.replace(/^( +REGISTRY: ).*$/gm, (_, key: string) => key + registryOf(names));
}

/** Whether a file contains an old name that is not part of a new one. */
const stillNames = (text: string, old: Names, names: Names): boolean =>
  text.replace(mentionsOf(names), '').search(mentionsOf(old)) >= 0;

const registryOf = ({ image }: Names): string => image.slice(0, image.indexOf('/'));

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64e6 });

/** Every text under a key, at any depth, lists included. */
function textsAt(key: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown) => textsAt(key, each));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as Record<string, unknown>).flatMap(([name, inner]): string[] => {
    if (name !== key) return textsAt(key, inner);
    return Array.isArray(inner) ? inner.map(String) : [String(inner)];
  });
}

/** The mistakes in the manifests: images of the overlays, and repositories of Argo CD and Image Updater. */
function wrongIn(folder: string, { git, image }: Names): string[] {
  const manifests = parseAllDocuments(run('kubectl', 'kustomize', folder)).map(
    (each) => each.toJS() as unknown,
  );
  const imagesAt = (key: string): string[] =>
    textsAt(key, manifests).map((name) => name.replace(/[@:][^/]*$/, ''));
  const places = [...textsAt('repoURL', manifests), ...textsAt('sourceRepos', manifests)];
  const watched = imagesAt('imageName').filter((name) => ![image, `${image}-upstream`].includes(name));
  return [
    ...places.filter((place) => place !== git).map((place) => `${folder} names the repository ${place}`),
    ...watched.map((name) => `${folder} watches the image ${name}`),
    ...(folder.startsWith('config/') && !imagesAt('image').includes(image)
      ? [`${folder} does not run ${image}`]
      : []),
  ];
}

/** The names from the arguments. Ends the process if they are invalid. */
function wantedNames(): Names {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { registry: { type: 'string' }, git: { type: 'string' } },
    });
    const [repository = '', ...more] = positionals;
    if (more.length > 0) throw new Error(`${positionals.join(' ')}: there can be one OWNER/REPOSITORY`);
    return namesFrom(repository, values.registry, values.git);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

function main(): void {
  const names = wantedNames();
  const old = currentNames();

  // The file with the old names is written last: after an interruption, the next run continues with them.
  const others = files().filter((path) => path !== NAMES_FILE);
  const changed = [...others, NAMES_FILE].filter((path) => {
    const bytes = readFileSync(root + path);
    if (bytes.includes(0)) return false;
    const text = bytes.toString();
    const result = renamed(path, text, old, names);
    if (result !== text) writeFileSync(root + path, result);
    return result !== text;
  });
  run('node', 'hack/prometheus-rule.ts');
  run('node', 'monitoring/grafana/write.ts');
  if (changed.length > 0) run('prettier', '--write', '--ignore-unknown', ...changed);

  const folders = readdirSync(`${root}config/overlays`).map((name) => `config/overlays/${name}`);
  const wrong = [...folders, 'argocd/apps', 'argocd/bootstrap'].flatMap((folder) => wrongIn(folder, names));
  const left = files().filter((path) => stillNames(readFileSync(root + path, 'utf8'), old, names));
  wrong.push(...left.map((path) => `${path} still has a name that was to go`));
  if (wrong.length > 0) {
    console.error(wrong.join('\n'));
    process.exit(1);
  }
  console.log(`The repository is ${names.git}\nits images are    ${names.image}, ${names.image}-upstream`);
  console.log(
    changed.length > 0 ? `${changed.length} files have changed: git diff` : 'Nothing had to be changed',
  );
}

main();
