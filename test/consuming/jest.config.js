import base from '../../jest.config.js';

/** The examples in docs/consuming.md that need more than Node: curl and python3. */
export default {
  ...base,
  rootDir: '../..',
  testPathIgnorePatterns: [],
  testMatch: ['<rootDir>/test/consuming/tools.spec.ts'],
};
