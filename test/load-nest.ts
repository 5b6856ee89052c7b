// Before each test file: Jest cannot load CommonJS packages that need Nest in one go with Nest itself, which is made of
// ES modules. Files that need no Nest do not load it, which takes 0.2 s.
import { expect } from '@jest/globals';

if (!/\/(?:src\/formats|test\/upstream|bench)\//.test(expect.getState().testPath ?? ''))
  await import('@nestjs/core');
