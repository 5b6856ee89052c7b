import base from '../../jest.config.js';

/** The tests beside the mutated code, because they are fast and each tests one part. */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/src'],
  // It reads the text of the sources, to which the mutants are added.
  testPathIgnorePatterns: [...base.testPathIgnorePatterns, '<rootDir>/src/app.settings.spec.ts'],
  maxWorkers: 1,
  testTimeout: 10_000,
};
