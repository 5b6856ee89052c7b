import base from '../../jest.config.js';

/** Not a part of `npm test`, because it needs redis-server and openssl. */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/redis'],
  testPathIgnorePatterns: [],
};
