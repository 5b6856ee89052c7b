/** Runs the stand-in upstream in its own process, so that it does not share the event loop of the load. */
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
// The parent has ended or has disconnected.
process.once('disconnect', () => process.exit(0));
