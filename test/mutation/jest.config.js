import base from '../../jest.config.js';

/** The tests beside the mutated code, because they are fast and each tests one part. */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/src'],
  maxWorkers: 1,
  testTimeout: 10_000,
};
