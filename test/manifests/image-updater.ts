/**
 * The fields of the ImageUpdater of Argo CD Image Updater 1.3, `argocd-image-updater.argoproj.io/v1alpha1`, that are
 * used here. No package has its type: a field that is missing here is a mistake, or must be added after a check of
 * the CRD.
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

/** Fields for all applications, which one application or image may override. */
interface Overridable {
  commonUpdateSettings?: UpdateSettings;
  imagesVerification?: ImagesVerification;
  writeBackConfig?: WriteBackConfig;
}

export interface ApplicationRef extends Overridable {
  /** A glob for the names of applications in the namespace of the ImageUpdater. */
  namePattern: string;
  images: UpdatedImage[];
}

export interface UpdatedImage {
  alias: string;
  /** With the strategy `semver`, the tag is a version constraint. */
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
  /** A Secret in the namespace of the ImageUpdater with a public ECDSA key in PEM. */
  cosignKey: { secretName: string; key: string };
}

interface WriteBackConfig {
  method: `git:${string}`;
  gitConfig: { branch: string; writeBackTarget: string };
}
