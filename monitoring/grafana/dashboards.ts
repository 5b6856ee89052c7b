import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { runtime } from './runtime.ts';
import { service } from './service.ts';
import { upstream } from './upstream.ts';

/** The dashboards by file name. */
export const dashboards: Readonly<Record<string, Dashboard>> = { service, upstream, runtime };
