// Before each test file: Jest cannot load CommonJS packages that need Nest in one go with Nest itself, which is made of ES
// modules.
import '@nestjs/core';
