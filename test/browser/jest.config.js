import base from '../../jest.config.js';

/** Tests of the page at /docs in a real Chromium: at CHROMIUM, or where Debian installs it. */
export default {
  ...base,
  rootDir: '../..',
  testPathIgnorePatterns: [],
  testMatch: ['<rootDir>/test/browser/**/*.spec.ts'],
};
