import base from '../../jest.config.js';

/** What a person does, in a real Chromium: at CHROMIUM, or where Debian has it. */
export default {
  ...base,
  rootDir: '../..',
  testPathIgnorePatterns: [],
  testMatch: ['<rootDir>/test/browser/**/*.spec.ts'],
};
