import base from '../../jest.config.js';

/** The tests beside the code that is mutated: they are fast, and each tells of one part alone. */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/src'],
  maxWorkers: 1,
  testTimeout: 10_000,
};
