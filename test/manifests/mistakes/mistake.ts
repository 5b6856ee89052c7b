import type { Manifest } from '../manifest.ts';

/** Something wrong that somebody could write into an overlay. */
export interface Mistake {
  readonly mistake: string;
  /** The overlay that it is made in: staging, unless another is named. */
  readonly environment?: string;
  /** One that the overlay takes in besides its own. */
  readonly component?: string;
  readonly make: Change;
}

/** Mistakes by the name of the policy that has to catch them. */
export type Mistakes = Readonly<Record<string, readonly Mistake[]>>;

type Change = (manifests: Manifest[]) => void;

/** Where the gateway's pod and its container are. */
export const GATEWAY = 'Deployment document-gateway';
export const POD = 'spec.template.spec';
export const CONTAINER = `${POD}.containers.0`;

function find(manifests: readonly Manifest[], object: string): Manifest {
  const [kind, name = ''] = object.split(' ');
  const found = manifests.find((each) => each.kind === kind && each.metadata.name.startsWith(name));
  if (found === undefined) throw new Error(`there is no ${object}`);
  return found;
}

/** The object or list that holds the last part of a path, and that part. */
function holder(manifests: readonly Manifest[], object: string, path: string): [object, string] {
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  let at: unknown = find(manifests, object);
  for (const part of parts) at = (at as Readonly<Record<string, unknown>>)[part];
  if (typeof at !== 'object' || at === null) throw new Error(`${object} has no ${parts.join('.')}`);
  return [at, last];
}

/** Sets a field, named by a path with dots, of the object of this kind, and of a name that begins like this. */
export const set =
  (object: string, path: string, value: unknown): Change =>
  (manifests) => {
    const [at, name] = holder(manifests, object, path);
    Object.assign(at, { [name]: value });
  };

/** Takes a field away. @throws Error when it is not there: then it would be no mistake */
export const unset =
  (object: string, path: string): Change =>
  (manifests) => {
    const [at, name] = holder(manifests, object, path);
    if (!Reflect.has(at, name)) throw new Error(`${object} has no ${path}`);
    Reflect.deleteProperty(at, name);
  };

/** Takes an object away. */
export const without =
  (object: string): Change =>
  (manifests) => {
    manifests.splice(manifests.indexOf(find(manifests, object)), 1);
  };

export const add =
  (manifest: object): Change =>
  (manifests) => {
    manifests.push(manifest as Manifest);
  };

/** One change after the other. */
export const both =
  (first: Change, second: Change): Change =>
  (manifests) => {
    first(manifests);
    second(manifests);
  };
