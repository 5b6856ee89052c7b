/**
 * The ImageUpdater of Argo CD Image Updater 1.3, `argocd-image-updater.argoproj.io/v1alpha1`, as far as it makes sense
 * here. No package has it: a field that is not in this list is a mistake, or has to be added after a look at the CRD.
 */
export interface IImageUpdater {
  apiVersion: 'argocd-image-updater.argoproj.io/v1alpha1';
  kind: 'ImageUpdater';
  metadata: { name: string; namespace?: string };
  spec: ImageUpdaterSpec;
}

interface ImageUpdaterSpec extends Overridable {
  applicationRefs: ApplicationRef[];
}

/** What may be said for all applications, and again for some. */
interface Overridable {
  commonUpdateSettings?: UpdateSettings;
  imagesVerification?: ImagesVerification;
  writeBackConfig?: WriteBackConfig;
}

export interface ApplicationRef extends Overridable {
  /** A glob over the names of the applications in the namespace of the ImageUpdater. */
  namePattern: string;
  images: UpdatedImage[];
}

export interface UpdatedImage {
  alias: string;
  /** With a constraint as its tag when the strategy is `semver`. */
  imageName: string;
  commonUpdateSettings?: UpdateSettings;
  imagesVerification?: ImagesVerification;
  /** `kustomize.name` is the `name` in the list `images` of the kustomization. */
  manifestTargets: { kustomize: { name: string } };
}

export interface UpdateSettings {
  updateStrategy?: 'semver' | 'newest-build' | 'digest' | 'alphabetical';
  allowTags?: string;
  ignoreTags?: string[];
  platforms?: string[];
  pullSecret?: string;
}

interface ImagesVerification {
  enabled: true;
  /** A Secret in the namespace of the ImageUpdater, with a public ECDSA key in PEM. */
  cosignKey: { secretName: string; key: string };
}

interface WriteBackConfig {
  method: `git:${string}`;
  gitConfig: { branch: string; writeBackTarget: string };
}
