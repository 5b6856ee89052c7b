import type { Manifest } from '../manifest.ts';

/** A mistake in an overlay. */
export interface Mistake {
  readonly mistake: string;
  /** The overlay with the mistake. The default is staging. */
  readonly environment?: string;
  /** A component to add to the overlay. */
  readonly component?: string;
  readonly make: Change;
}

/** Mistakes by the name of the policy that must find them. */
export type Mistakes = Readonly<Record<string, readonly Mistake[]>>;

type Change = (manifests: Manifest[]) => void;

/** The object and the paths of the gateway's pod and container. */
export const GATEWAY = 'Deployment document-gateway';
export const POD = 'spec.template.spec';
export const CONTAINER = `${POD}.containers.0`;

function find(manifests: readonly Manifest[], object: string): Manifest {
  const [kind, name = ''] = object.split(' ');
  const found = manifests.find((each) => each.kind === kind && each.metadata.name.startsWith(name));
  if (found === undefined) throw new Error(`there is no ${object}`);
  return found;
}

/** The object or list that contains the last part of a path, and that part. */
function holder(manifests: readonly Manifest[], object: string, path: string): [object, string] {
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  let at: unknown = find(manifests, object);
  for (const part of parts) at = (at as Readonly<Record<string, unknown>>)[part];
  if (typeof at !== 'object' || at === null) throw new Error(`${object} has no ${parts.join('.')}`);
  return [at, last];
}

/** Sets the field at a path with dots, of the first object of this kind whose name starts with this name. */
export const set =
  (object: string, path: string, value: unknown): Change =>
  (manifests) => {
    const [at, name] = holder(manifests, object, path);
    Object.assign(at, { [name]: value });
  };

/** Deletes a field. @throws Error when it does not exist */
export const unset =
  (object: string, path: string): Change =>
  (manifests) => {
    const [at, name] = holder(manifests, object, path);
    if (!Reflect.has(at, name)) throw new Error(`${object} has no ${path}`);
    Reflect.deleteProperty(at, name);
  };

/** Deletes an object. */
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

/** Makes two changes in order. */
export const both =
  (first: Change, second: Change): Change =>
  (manifests) => {
    first(manifests);
    second(manifests);
  };
