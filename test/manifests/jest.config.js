import base from '../../jest.config.js';

/** Apart from `npm test`, since it needs kubectl. */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/manifests'],
  testPathIgnorePatterns: [],
};
