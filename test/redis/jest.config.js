import base from '../../jest.config.js';

/** Apart from `npm test`, since it needs a redis-server and openssl. */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/redis'],
  testPathIgnorePatterns: [],
};
