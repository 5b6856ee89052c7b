import base from '../../jest.config.js';

/** Separate from `npm test`, because it needs kubectl. */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/manifests'],
  testPathIgnorePatterns: [],
};
