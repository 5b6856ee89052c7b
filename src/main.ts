// The static import runs before the rest of the service is loaded, the dynamic one loads it.
import './stop-signals.ts';

await import('./start.ts');
