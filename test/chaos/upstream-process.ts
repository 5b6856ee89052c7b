/** The stand-in upstream as a process of its own, so that it has its own share of the processors. */
import { startAdmin } from '../upstream/admin.ts';
import { makeDocuments } from '../upstream/documents.ts';
import { startUpstream, type UpstreamOptions } from '../upstream/server.ts';

const { sizes, ...options } = JSON.parse(process.argv[2] ?? '{}') as UpstreamOptions & {
  sizes: Parameters<typeof makeDocuments>[0];
};
const upstream = await startUpstream({ ...options, documents: makeDocuments(sizes) });
const admin = await startAdmin(upstream);
process.send?.({ origin: upstream.origin, admin: admin.origin });
// Whoever started it is gone, or has had enough of it.
process.once('disconnect', () => process.exit(0));
