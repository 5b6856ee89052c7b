import base from '../../jest.config.js';

/** Tests of the examples in docs/consuming.md that need curl and python3. */
export default {
  ...base,
  rootDir: '../..',
  testPathIgnorePatterns: [],
  testMatch: ['<rootDir>/test/consuming/tools.spec.ts'],
};
