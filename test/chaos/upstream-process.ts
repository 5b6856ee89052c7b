/** The stand-in upstream as a process of its own, so that it has its own share of the processors. */
import { startAdmin } from '../upstream/admin.ts';
import { startUpstream, type UpstreamOptions } from '../upstream/server.ts';
import { type DocumentsSpec, documentsOf } from './upstream.ts';

const { documents, ...options } = JSON.parse(process.argv[2] ?? '{}') as Omit<
  UpstreamOptions,
  'documents'
> & {
  readonly documents: DocumentsSpec;
};
const upstream = await startUpstream({ ...options, documents: documentsOf(documents) });
const admin = await startAdmin(upstream);
process.send?.({ origin: upstream.origin, admin: admin.origin });
// Whoever started it is gone, or has had enough of it.
process.once('disconnect', () => process.exit(0));
