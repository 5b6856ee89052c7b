// The static import runs before the rest of the service loads. The dynamic import loads the rest.
import './stop-signals.ts';

await import('./start.ts');
