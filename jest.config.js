// What one process or thread under test has compiled, the next one finds.
process.env.NODE_COMPILE_CACHE ??= `${import.meta.dirname}/node_modules/.cache/node`;

/** Jest runs the TypeScript sources as ES modules through SWC, which checks no types: `npm run typecheck` does. */
export default {
  // Not by <rootDir>, which the mutation tests would not resolve here.
  testEnvironment: `${import.meta.dirname}/test/environment.js`,
  // They wait more than they compute. More compete with the services under test for the processor.
  maxWorkers: 3,
  // Only what hangs is to fail: a machine that is busy with other things makes any test slow.
  testTimeout: 180_000,
  roots: ['<rootDir>/src', '<rootDir>/test', '<rootDir>/bench'],
  testMatch: ['**/*.spec.ts'],
  // These need kubectl, a redis-server, Chromium, curl and Python: npm run test:manifests, test:redis and so on.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/manifests/',
    '<rootDir>/test/redis/',
    '<rootDir>/test/browser/',
    '<rootDir>/test/consuming/tools.spec.ts',
  ],
  // The packages of the benchmark and of the mutation tests are their own.
  modulePathIgnorePatterns: [
    '<rootDir>/bench/(?:dist|node_modules)/',
    '<rootDir>/test/mutation/node_modules/',
  ],
  setupFilesAfterEnv: ['<rootDir>/test/load-nest.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.spec.ts', '!src/**/*.fixture.ts'],
  coverageDirectory: 'coverage',
  coverageReporters: ['text', 'lcovonly'],
};
