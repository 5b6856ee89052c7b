import { currentNames, webAddressOf } from '../hack/names.ts';

const { git, image } = currentNames();

/** The address that Argo CD reads from, and Image Updater writes to. */
export const GIT = git;

/** The image of the gateway, without a tag. */
export const IMAGE = image;

/** The image of the stand-in upstream, without a tag. */
export const UPSTREAM_IMAGE = `${IMAGE}-upstream`;

/** Where people read the files of `main`. */
export const PAGES = `${webAddressOf(GIT)}/blob/main`;
